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
  // Methods that create elements from text that no policy checks, such as setHTML, and any later one.
  const checked = { __proto__: null, innerHTML: 1, outerHTML: 1, getHTML: 1, insertAdjacentHTML: 1, setHTMLUnsafe: 1, parseHTMLUnsafe: 1 };
  for (const holder of [Element.prototype, ShadowRoot.prototype, Document.prototype, Document, Range.prototype]) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (/HTML/.test(name) && checked[name] === undefined) delete holder[name];
    }
  }

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
  let addresses = null;
  const { get: getSource, set: setSource } = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src");
  // A script at an address of a library, which has run already, loads nothing.
  defineProperty(HTMLScriptElement.prototype, "src", {
    configurable: true,
    enumerable: true,
    get() {
      return this.dataset.address ?? apply(getSource, this, []);
    },
    set(url) {
      if (addresses?.test(url)) this.dataset.address = url;
      else apply(setSource, this, [url]);
    },
  });
  const LIBRARIES = { __proto__: null, plotly: "Plotly", vega: "vega", "vega-lite": "vegaLite", "vega-embed": "vegaEmbed", jquery: "$" };
  /** Modules by the name of a library, as old notebooks request them from RequireJS. */
  const provideRequire = () => {
    const require = (names, use, fail) => {
      const missing = names.find((name) => window[LIBRARIES[name]] === undefined);
      if (missing === undefined) later(() => use?.(...names.map((name) => window[LIBRARIES[name]])));
      else {
        note(missing);
        later(() => fail?.(new Error(`${missing} was not loaded.`)));
      }
    };
    const none = () => undefined;
    window.require ??= window.requirejs ??= Object.assign(require, { config: none, undef: none, onError: none });
  };

  let current = null;
  defineProperty(document, "currentScript", { get: () => current, configurable: true });
  const isProgram = (script) => /^(|module|(text|application)\/(x-)?(java|ecma)script)$/i.test(script.type);
  /** Matches the import of a script for its effect, such as of a library that has run already. */
  const IMPORT = /^\s*import\s*(["'])(.*?)\1;?/gm;
  /** Run a script in the global scope, as in a page: a timer compiles its text. */
  const run = (script) => {
    const isModule = /^module$/i.test(script.type);
    const given = script.textContent ?? "";
    const text = isModule ? given.replace(IMPORT, (whole, _quote, url) => (addresses?.test(url) ? "" : whole)) : given;
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
      if (element instanceof HTMLScriptElement && scripts.delete(element)) {
        if (element.dataset.address !== undefined) later(() => element.dispatchEvent(new Event("load")));
        else if (element.src === "" && isProgram(element)) run(element);
      }
    }
  };
  /** Sentences below the output, of which there are only a few. */
  const noted = new Set();
  const say = (words) => {
    if (noted.has(words) || noted.size === 8) return;
    noted.add(words);
    const line = document.createElement("div");
    line.className = "cellbridge-note";
    line.textContent = words;
    document.body.append(line);
  };
  const note = (url) => say(`The script ${url} was not loaded, because outputs have no network. Embed it in the output.`);
  const refused = { __proto__: null, "img-src": "Images", "media-src": "Sounds and videos", "connect-src": "Data" };
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    if (!/^(?:https?|wss?):/.test(blockedURI)) return;
    const what = refused[effectiveDirective];
    if (/^script-src/.test(effectiveDirective)) later(() => note(blockedURI));
    else if (what !== undefined) later(() => say(`${what} of ${new URL(blockedURI).host} are missing, because outputs have no network.`));
  });
  let failure = "";
  window.addEventListener("error", ({ message }) => {
    if (failure === "" && !/^ResizeObserver/.test(message)) failure = message;
  });
  /** Milliseconds after which an output that shows nothing is described: a chart may take some time. */
  const PATIENCE = 1000;
  let remark = null;
  const shows = () => [...document.body.children].some((element) => {
    const { height, right } = element.getBoundingClientRect();
    // Libraries measure text in elements that are left of the page.
    return element !== remark && height > 1 && right > 0;
  });
  const describe = () => {
    if (shows()) {
      remark?.remove();
      remark = null;
    } else if (remark === null) {
      remark = document.createElement("div");
      remark.className = "cellbridge-note";
      remark.textContent = failure === "" ? "This output shows nothing. It only ran a script." : `The script of this output failed: ${failure}`;
      document.body.append(remark);
    }
  };
  document.addEventListener("click", (event) => {
    // The target in a shadow tree is only in the path.
    const link = event.composedPath().find((place) => place instanceof Element && /^(?:a|area)$/i.test(place.localName));
    const url = link?.getAttribute("href") ?? link?.getAttribute("xlink:href") ?? "";
    if (link === undefined || url === "" || url.startsWith("#")) return;
    event.preventDefault();
    if (/^(https?|mailto):/i.test(url)) post({ open: url });
  });
  window.addEventListener("load", () => {
    const output = document.getElementById("output") ?? document.body;
    const measure = () => {
      if (remark !== null) describe();
      post({ height: Math.ceil(document.body.getBoundingClientRect().height) });
    };
    new ResizeObserver(measure).observe(document.body);
    measure();
    document.write = document.writeln = (...texts) => {
      if (current?.isConnected) current.insertAdjacentHTML("beforebegin", texts.join(""));
      else output.insertAdjacentHTML("beforeend", texts.join(""));
    };
    const kept = document.querySelector("body > #cellbridge-scripts");
    const given = JSON.parse(kept?.textContent ?? "{}");
    kept?.remove();
    if (given.addresses) addresses = new RegExp(given.addresses, "i");
    for (const library of given.libraries) later(library);
    provideRequire();
    for (const element of output.querySelectorAll("*")) listen(element);
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(arrived)))
      .observe(document.documentElement, { childList: true, subtree: true });
    for (const script of output.querySelectorAll("script[data-script]")) {
      script.textContent = given.scripts[Number(script.dataset.script)] ?? "";
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
      later(describe, PATIENCE);
    });
  }, { once: true });
})();
