/**
 * The first script in the frame of an output, and the only one that the frame's policy allows.
 *
 * Owns the environment of the output: it removes the APIs that no policy restricts, runs the scripts of
 * the output in order, and reports its height to the page. The policy names this text by its hash, so it
 * must not change in the frame. A frame within the frame inherits the policy: only this script runs.
 *
 * The output can replace everything that scripts share, so the guards use syntax and captured values.
 */
(() => {
  "use strict";
  const { apply, defineProperty } = Reflect;
  const later = window.setTimeout.bind(window);
  const post = (message) => window.parent.parent.postMessage(message, "*");

  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "PaymentRequest",
    "PresentationRequest", "XSLTProcessor"]) delete window[name];

  // Elements that connect, navigate or embed a page. A `link` connects before any policy applies
  // (`preconnect`), so it is not allowed.
  const barred = { __proto__: null, iframe: 1, frame: 1, frameset: 1, object: 1, embed: 1, link: 1, meta: 1,
    base: 1, portal: 1, fencedframe: 1, "!entity": 1, "?xml-stylesheet": 1 };
  const ends = { __proto__: null, " ": 1, "\t": 1, "\n": 1, "\f": 1, "\r": 1, "/": 1, ">": 1, "<": 1 };
  const lower = { __proto__: null };
  for (let code = 65; code < 91; code++) lower[String.fromCharCode(code)] = String.fromCharCode(code + 32);
  /** Return the name in `text` from index `at`, in lower case and without a prefix. */
  const nameFrom = (text, at) => {
    let name = "";
    for (let sign = text[at]; sign !== undefined && ends[sign] === undefined; sign = text[++at]) {
      name = sign === ":" ? "" : name + (lower[sign] ?? sign);
    }
    return name;
  };
  const harmless = (text) => {
    let made = "";
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      if (text[at] !== "<" || barred[nameFrom(text, text[at + 1] === "/" ? at + 2 : at + 1)] === undefined) continue;
      let part = "";
      for (; from < at; from++) part += text[from];
      made += `${part}&lt;`;
      from = at + 1;
    }
    if (made === "") return text;
    for (; from < text.length; from++) made += text[from];
    return made;
  };
  window.trustedTypes?.createPolicy("default", {
    createHTML: (text) => harmless(text),
    createScript: (text) => text,
    createScriptURL: (text) => text,
  });
  // A library that would create its own policy works without one.
  delete window.trustedTypes;

  const scripts = new WeakSet();
  const add = WeakSet.prototype.add;
  const guard = (holder, method, position, instead) => {
    const original = holder[method];
    const value = function (...given) {
      const name = `${given[position]}`;
      given[position] = name;
      const local = nameFrom(name, 0);
      if (barred[local] !== undefined) return instead(this, given);
      const made = apply(original, this, given);
      if (local === "script") apply(add, scripts, [made]);
      return made;
    };
    defineProperty(holder, method, { value, writable: true, configurable: true });
  };
  const refuse = () => {
    throw new DOMException("Outputs have no network and no frames.", "NotSupportedError");
  };
  const { createElement } = Document.prototype;
  const inert = () => apply(createElement, document, ["span"]);
  guard(Document.prototype, "createElement", 0, inert);
  guard(Document.prototype, "createElementNS", 1, inert);
  guard(DOMImplementation.prototype, "createDocument", 1, refuse);
  const { define } = CustomElementRegistry.prototype;
  CustomElementRegistry.prototype.define = function (name, made, options) {
    if (options?.extends !== undefined) refuse();
    return apply(define, this, [name, made]);
  };

  // From here on: conveniences for outputs. The guards do not depend on them.
  let current = null;
  defineProperty(document, "currentScript", { get: () => current, configurable: true });
  const isProgram = (script) => /^(|module|(text|application)\/(x-)?(java|ecma)script)$/i.test(script.type);
  /** Run a script in the global scope, as in a page: a timer compiles its text. */
  const run = (script) => {
    const text = script.textContent ?? "";
    const isModule = /^module$/i.test(script.type);
    later(() => (current = isModule ? null : script));
    later(isModule ? `(async () => {"use strict";\n${text}\n})()` : text);
    later(() => (current = null));
  };
  const listen = (element) => {
    for (const { name, value } of [...element.attributes]) {
      if (!name.startsWith("on")) continue;
      element.removeAttribute(name);
      const handler = new Function("event", value);
      element.addEventListener(name.slice(2), (event) => {
        if (handler.call(element, event) === false) event.preventDefault();
      });
    }
  };
  const arrived = (node) => {
    if (!(node instanceof Element)) return;
    for (const element of [node, ...node.querySelectorAll("*")]) {
      listen(element);
      if (element instanceof HTMLScriptElement && scripts.delete(element) && element.src === "" && isProgram(element)) run(element);
    }
  };
  const refused = new Set();
  const note = (url) => {
    if (refused.has(url)) return;
    refused.add(url);
    const line = document.createElement("div");
    line.className = "cellbridge-note";
    line.textContent = `The script ${url} was not loaded, because outputs have no network. Embed it in the output.`;
    document.body.append(line);
  };
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    if (/^script-src/.test(effectiveDirective) && /^https?:/.test(blockedURI)) later(() => note(blockedURI));
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const url = link?.getAttribute("href") ?? "";
    if (!/^(https?|mailto):/i.test(url)) return;
    event.preventDefault();
    post({ open: url });
  });
  window.addEventListener("load", () => {
    const output = document.getElementById("output") ?? document.body;
    const measure = () => post({ height: Math.ceil(document.body.getBoundingClientRect().height) });
    new ResizeObserver(measure).observe(document.body);
    measure();
    document.write = document.writeln = (...texts) => {
      if (current?.isConnected) current.insertAdjacentHTML("beforebegin", texts.join(""));
      else output.insertAdjacentHTML("beforeend", texts.join(""));
    };
    const kept = document.querySelector("body > #cellbridge-scripts");
    const texts = JSON.parse(kept?.textContent ?? "[]");
    kept?.remove();
    for (const element of output.querySelectorAll("*")) listen(element);
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(arrived)))
      .observe(document.documentElement, { childList: true, subtree: true });
    for (const script of output.querySelectorAll("script[data-script]")) {
      script.textContent = texts[Number(script.dataset.script)] ?? "";
      const type = script.dataset.type ?? "";
      if (type === "") script.removeAttribute("type");
      else script.type = type;
      delete script.dataset.script;
      delete script.dataset.type;
      if (isProgram(script)) run(script);
    }
    // Scripts may wait for these events, which have passed: dispatch them again.
    later(() => {
      document.dispatchEvent(new Event("DOMContentLoaded", { bubbles: true }));
      window.dispatchEvent(new Event("load"));
    });
  }, { once: true });
})();
