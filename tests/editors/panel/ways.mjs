// The ways in which an output could reach a network: HTML that takes each of them to an address. In a page
// without any guard each of them arrives, which network.mjs checks too.

const script = (text) => `<script>${text}</script>`;
const later = (tag, properties) =>
  script(`const made = document.createElement("${tag}"); Object.assign(made, ${JSON.stringify(properties)}); document.body.append(made);`);
/** A script in a worker, without quotation marks of the kind `"`. */
const inWorker = (text, options = "{}") =>
  script(`new Worker(URL.createObjectURL(new Blob([${JSON.stringify(text)}], { type: "text/javascript" })), ${options});`);
const style = (rule) => `<style>${rule}</style><p class="styled">text</p>`;

/** Those that send a request with a path. */
export const WAYS = {
  "a script": (to) => `<script src="${to}.js"></script>`,
  "a module": (to) => `<script type="module">import "${to}.js";</script>`,
  "a later script": (to) => later("script", { src: `${to}.js` }),
  import: (to) => script(`import("${to}.js").catch(() => 0);`),
  modulepreload: (to) => `<link rel="modulepreload" href="${to}.js">`,
  prefetch: (to) => `<link rel="prefetch" href="${to}.png">`,
  stylesheet: (to) => `<link rel="stylesheet" href="${to}">`,
  "import of a style": (to) => style(`@import url("${to}");`),
  font: (to) => style(`@font-face { font-family: far; src: url("${to}"); } .styled { font-family: far; }`),
  "picture of a style": (to) => style(`.styled { background: url(${to}.png); }`),
  "set of pictures of a style": (to) => style(`.styled { background: image-set(url("${to}.png") 1x); }`),
  "mask of a style": (to) => style(`.styled { mask-image: url("${to}.png"); }`),
  "content of a style": (to) => style(`.styled::before { content: url("${to}.png"); }`),
  "list of a style": (to) => style(`.styled { display: list-item; list-style-image: url("${to}.png"); }`),
  picture: (to) => `<img src="${to}.png">`,
  "set of pictures": (to) => `<img srcset="${to}.png 1x">`,
  "source of a picture": (to) => `<picture><source srcset="${to}.png"><img></picture>`,
  "a later picture": (to) => script(`new Image().src = "${to}.png";`),
  "picture of an input": (to) => `<input type="image" src="${to}.png">`,
  "picture of a table": (to) => `<table background="${to}.png"><tr><td>x</td></tr></table>`,
  "picture in an SVG": (to) => `<svg width="9" height="9"><image href="${to}.png" width="9" height="9"/></svg>`,
  "use in an SVG": (to) => `<svg width="9" height="9"><filter id="far"><feImage href="${to}.png"/></filter><rect width="9" height="9" filter="url(#far)"/></svg>`,
  "picture in a foreignObject": (to) => `<svg width="9" height="9"><foreignObject width="9" height="9"><img src="${to}.png"></foreignObject></svg>`,
  "a video": (to) => `<video src="${to}" autoplay muted></video>`,
  "poster of a video": (to) => `<video poster="${to}.png"></video>`,
  "a sound": (to) => `<audio src="${to}" autoplay muted></audio>`,
  frame: (to) => `<iframe src="${to}"></iframe>`,
  "a later frame": (to) => later("iframe", { src: to }),
  object: (to) => `<object data="${to}" type="text/html"></object>`,
  "a later object": (to) => later("object", { type: "text/html", data: to }),
  embed: (to) => `<embed src="${to}" type="text/html">`,
  fetch: (to) => script(`fetch("${to}").catch(() => 0);`),
  request: (to) => script(`const asked = new XMLHttpRequest(); asked.open("GET", "${to}"); asked.send();`),
  beacon: (to) => script(`navigator.sendBeacon("${to}", "x");`),
  ping: (to) => `<a id="pinged" href="#x" ping="${to}">x</a>${script("pinged.click();")}`,
  "an event source": (to) => script(`new EventSource("${to}");`),
  "a web socket": (to) => script(`new WebSocket("${to.replace("http", "ws")}");`),
  "a stream of a web socket": (to) => script(`new WebSocketStream("${to.replace("http", "ws")}").opened.catch(() => 0);`),
  "a worker": (to) => inWorker(`fetch('${to}').catch(() => 0)`),
  "a script of a worker": (to) => inWorker(`importScripts('${to}.js')`),
  "a module of a worker": (to) => inWorker(`import '${to}.js'`, '{ type: "module" }'),
  "a web socket of a worker": (to) => inWorker(`new WebSocket('${to.replace("http", "ws")}')`),
  "a shared worker": (to) => script(`new SharedWorker(URL.createObjectURL(new Blob([${JSON.stringify(`fetch('${to}').catch(() => 0)`)}])));`),
  "a worklet": (to) => script(`new AudioContext().audioWorklet.addModule("${to}.js").catch(() => 0);`),
  "a form": (to) => `<form id="sent" action="${to}"><input name="a" value="b"></form>${script("sent.submit();")}`,
  "a form in a window": (to) => `<form id="sent" action="${to}" target="_blank"><input name="a"></form>${script("sent.submit();")}`,
  "a window": (to) => script(`window.open("${to}");`),
  "going away": (to) => script(`location.href = "${to}";`),
  "a refresh": (to) => `<meta http-equiv="refresh" content="0; url=${to}">`,
  "a later refresh": (to) => script(`const made = document.createElement("div");
made.innerHTML = '<meta http-equiv="refresh" content="0; url=${to}">'; document.head.append(made.firstChild);`),
  "a link clicked by a script": (to) => `<a id="away" href="${to}">x</a>${script("away.click();")}`,
  "a link in an SVG": (to) => `<svg width="9" height="9"><a id="vector" xlink:href="${to}"><rect width="9" height="9"/></a></svg>
${script('vector.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));')}`,
};

const LINK = (to) => `<link rel="preconnect" href="${to}">`;
/** Ways to make an element of HTML in a script, however the HTML is checked. */
const MAKERS = {
  "a shadow": (html) => `<div><template shadowrootmode="open">${html}</template></div>`,
  "written HTML": (html) => script(`Document.prototype.write.call(document, ${JSON.stringify(html)});`),
  "an opened document": (html) => script(`setTimeout(() => { Document.prototype.open.call(document); Document.prototype.write.call(document, ${JSON.stringify(html)}); }, 500);`),
  "a fragment": (html) => script(`document.body.append(document.createRange().createContextualFragment(${JSON.stringify(html)}));`),
  "a command": (html) => script(`const box = document.createElement("div"); box.contentEditable = "true"; document.body.append(box); box.focus();
document.execCommand("insertHTML", false, ${JSON.stringify(html)});`),
  "unsafe HTML": (html) => script(`const box = document.createElement("div"); document.body.append(box); box.setHTMLUnsafe(${JSON.stringify(html)});`),
  "a parsed document": (html) => script(`document.body.append(...Document.parseHTMLUnsafe(${JSON.stringify(html)}).querySelectorAll("link, iframe"));`),
};
const escaped = (html) => html.replaceAll("</", "<\\/");

/** Those that only connect: a listener knows them by its port. */
export const BY_PORT = {
  preconnect: LINK,
  "a later preconnect": (to) => later("link", { rel: "preconnect", href: to }),
  "preconnect as HTML": (to) => script(`String.prototype.replace = function () { return this; };
document.body.insertAdjacentHTML("beforeend", '<LINK rel="preconnect" href="${to}">');`),
  "preconnect as XML": (to) => script(`const made = new DOMParser().parseFromString('<!DOCTYPE a [<!ENTITY x "&#60;b:link xmlns:b=\\'http://www.w3.org/1999/xhtml\\' rel=\\'preconnect\\' href=\\'${to}\\'/>">]><a>&x;</a>', "text/xml");
document.body.append(...made.documentElement.childNodes);`),
  "preconnect by another document": (to) => script(`const made = document.implementation.createDocument("http://www.w3.org/1999/xhtml", "link").documentElement;
made.setAttribute("rel", "preconnect"); made.setAttribute("href", "${to}"); document.body.append(made);`),
  "preconnect by a class": (to) => script(`class Link extends HTMLLinkElement {} customElements.define("x-link", Link, { extends: "link" });
const made = new Link(); made.rel = "preconnect"; made.href = "${to}"; document.body.append(made);`),
  "preconnect in a frame": (to) => `<iframe srcdoc="<link rel=preconnect href=${to}>"></iframe>`,
  "preconnect in sanitized HTML": (to) => script(`const box = document.createElement("div"); document.body.append(box);
box.setHTML('<link rel="preconnect" href="${to}">', { sanitizer: { elements: ["link"], attributes: ["rel", "href"] } });`),
  // A command makes no such element in any page.
  ...Object.fromEntries(
    Object.entries(MAKERS)
      .filter(([name]) => name !== "a command")
      .map(([name, make]) => [`preconnect in ${name}`, (to) => escapeScript(make(LINK(to)))]),
  ),
};

/** Keep the end of a script in a text from ending the script around it. */
function escapeScript(html) {
  const match = /^(<script>)([\s\S]*)(<\/script>)$/.exec(html);
  return match === null ? html : match[1] + escaped(match[2]) + match[3];
}

const connect = (udp, scope = "") => `const way = new ${scope}RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:${udp}" }] });
way.createDataChannel("x"); way.createOffer().then((offer) => way.setLocalDescription(offer));`;
/** A script that connects by the constructors of the first frame in the document, when it is there. */
const byFrame = (udp) => `setTimeout(() => { const far = document.querySelector("iframe").contentWindow; ${connect(udp, "far.")} }, 1000);`;

/** Those that send a datagram. */
export const BY_DATAGRAM = {
  WebRTC: (udp) => script(connect(udp)),
  "WebRTC of the window around": (udp) => script(connect(udp, "parent.")),
  "WebRTC in a frame": (udp) => escapeScript(later("iframe", { srcdoc: script(connect(udp)) })),
  "WebRTC in a frame of the HTML": (udp) => `<p>two</p><iframe srcdoc='${script(connect(udp))}'></iframe>`,
  "WebRTC in the only frame of the HTML": (udp) => `<iframe srcdoc='${script(connect(udp))}'></iframe>`,
  "WebRTC of an empty frame": (udp) => `<iframe></iframe>${script(byFrame(udp))}`,
  "WebRTC of a later frame": (udp) => later("iframe", {}) + script(byFrame(udp)),
  ...Object.fromEntries(
    ["a fragment", "a command", "unsafe HTML", "a parsed document", "written HTML"].map((name) => [
      `WebRTC of a frame in ${name}`,
      (udp) => escapeScript(MAKERS[name]("<iframe></iframe>")) + script(byFrame(udp)),
    ]),
  ),
};
