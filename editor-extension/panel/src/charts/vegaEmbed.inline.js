/**
 * `vegaEmbed` in the frame of an output: draws a Vega or Vega-Lite specification without a network.
 *
 * It has the signature of the function of the library vega-embed, which the HTML of Altair calls, and
 * none of its menus and themes: charts have the colours of the page unless they bring their own.
 */
(() => {
  "use strict";
  const reported = new Set();
  const words = (url) => `The data ${url} were not loaded, because outputs have no network. Embed the data in the chart.`;
  const refuse = (url) => {
    const text = words(typeof url === "string" ? url : "of this chart");
    if (!reported.has(text) && reported.size < 10) {
      const note = document.createElement("div");
      note.className = "cellbridge-note";
      note.textContent = text;
      document.body.append(note);
    }
    reported.add(text);
    return Promise.reject(new Error(text));
  };
  const colours = () => {
    const style = getComputedStyle(document.body);
    const fore = style.color;
    const grid = style.getPropertyValue("--cellbridge-border").trim() || fore;
    return {
      background: "transparent",
      axis: { domainColor: grid, gridColor: grid, tickColor: grid, labelColor: fore, titleColor: fore },
      legend: { labelColor: fore, titleColor: fore },
      header: { labelColor: fore, titleColor: fore },
      title: { color: fore, subtitleColor: fore },
      view: { stroke: grid },
      style: { "guide-label": { fill: fore }, "guide-title": { fill: fore }, "group-title": { fill: fore } },
    };
  };
  const isLite = (spec, options) =>
    options.mode === undefined ? !/\/schema\/vega\//.test(spec.$schema ?? "") : options.mode === "vega-lite";

  window.vegaEmbed = async (place, given, options = {}) => {
    if (typeof given === "string") return refuse(given);
    const element = typeof place === "string" ? document.querySelector(place) : place;
    if (element === null) throw new Error(`${place} does not exist.`);
    const config = colours();
    const spec = isLite(given, options) ? vegaLite.compile(given, { config }).spec : given;
    const loader = vega.loader();
    loader.load = loader.sanitize = refuse;
    const view = new vega.View(vega.parse(spec, config), { renderer: "svg", loader });
    element.classList.add("vega-embed");
    // Vega empties the element of a chart, and two charts may be given the same one.
    const chart = document.createElement("div");
    element.replaceChildren(chart);
    await view.initialize(chart).hover().runAsync();
    return { view, spec: given, vgSpec: spec, embedOptions: options, finalize: () => view.finalize() };
  };
})();
