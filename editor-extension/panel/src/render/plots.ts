/**
 * Plots that come as data: Plotly and Vega. Their libraries are large, so each is loaded when the
 * first such plot is drawn.
 */

import { h } from "../dom";
import { colourOf } from "./colours";
import type { Renderer } from "./types";
import { isRecord, jsonOf } from "./values";

function colours(): { fore: string; grid: string } {
  return { fore: colourOf("--panel-foreground"), grid: colourOf("--panel-border") };
}

export const plotlyRenderer: Renderer = async (content) => {
  const figure = jsonOf(content);
  if (!isRecord(figure) || !Array.isArray(figure["data"])) throw new Error("This is no Plotly figure.");
  const { default: plotly } = await import("plotly.js-dist-min");
  const element = h("div", { className: "plot" });
  const given = isRecord(figure["layout"]) ? figure["layout"] : {};
  const { fore, grid } = colours();
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: grid };
  // Where the figure chooses no paper of its own, it stands on the page's.
  const layout: Record<string, unknown> = {
    height: 400,
    ...given,
    paper_bgcolor: given["paper_bgcolor"] ?? "rgba(0,0,0,0)",
    plot_bgcolor: given["plot_bgcolor"] ?? "rgba(0,0,0,0)",
    font: { color: fore, ...(isRecord(given["font"]) ? given["font"] : {}) },
    xaxis: { ...axis, ...(isRecord(given["xaxis"]) ? given["xaxis"] : {}) },
    yaxis: { ...axis, ...(isRecord(given["yaxis"]) ? given["yaxis"] : {}) },
    autosize: given["width"] === undefined,
  };
  const config = { responsive: true, displaylogo: false, ...(isRecord(figure["config"]) ? figure["config"] : {}) };
  let begun = false;
  let made = false;
  // What was drawn while it could not be seen has a size of its own making.
  const resized = new ResizeObserver(() => {
    if (made && element.clientWidth > 0) plotly.Plots.resize(element);
  });
  return {
    element,
    // Plotly measures the element it draws in, so that has to be in the page.
    attached: () => {
      if (begun) return;
      begun = true;
      void plotly.newPlot(element, figure["data"] as object[], layout, config).then(() => {
        made = true;
        resized.observe(element);
        const frames = figure["frames"];
        if (Array.isArray(frames)) return plotly.addFrames(element, frames as object[]);
        return undefined;
      });
    },
    dispose: () => {
      resized.disconnect();
      plotly.purge(element);
    },
  };
};

export const vegaRenderer: Renderer = async (content, mime) => {
  const given = jsonOf(content);
  if (!isRecord(given)) throw new Error("This is no Vega specification.");
  const [vega, { expressionInterpreter }] = await Promise.all([import("vega"), import("vega-interpreter")]);
  const element = h("div", { className: "plot" });
  // Expressions are interpreted instead of made into functions, and data come with the plot: its
  // specification is untrusted and reaches for nothing.
  const loader = vega.loader();
  loader.load = () => Promise.reject(new Error("Data of a plot are not loaded from elsewhere."));
  loader.sanitize = () => Promise.reject(new Error("Data of a plot are not loaded from elsewhere."));
  const { fore, grid } = colours();
  const config = {
    background: "transparent",
    axis: { domainColor: grid, gridColor: grid, tickColor: grid, labelColor: fore, titleColor: fore },
    legend: { labelColor: fore, titleColor: fore },
    title: { color: fore, subtitleColor: fore },
    view: { stroke: grid },
    style: { "guide-label": { fill: fore }, "guide-title": { fill: fore }, "group-title": { fill: fore } },
  };
  const spec = mime.includes("vegalite") ? await compiled(given, config) : given;
  const parsed = vega.parse(spec, config, { ast: true });
  const view = new vega.View(parsed, { renderer: "svg", loader, expr: expressionInterpreter } as object);
  view.initialize(element).hover();
  await view.runAsync();
  return { element, dispose: () => void view.finalize() };
};

async function compiled(given: Record<string, unknown>, config: object): Promise<object> {
  const lite = await import("vega-lite");
  return lite.compile(given as unknown as Parameters<typeof lite.compile>[0], { config }).spec;
}
