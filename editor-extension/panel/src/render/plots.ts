/**
 * Draws Plotly and Vega plots. Each of the large libraries is loaded for the first such plot.
 */

import { h } from "../dom";
import { colourOf } from "./themeColours";
import { drawSandboxed } from "./html";
import type { Renderer } from "./types";
import { isRecord, jsonOf } from "./mimeValues";

function plotColours(): { fore: string; grid: string } {
  return { fore: colourOf("--panel-foreground"), grid: colourOf("--panel-border") };
}

/** Runs in the frame with Plotly. It is sent as text, so it must not use anything of this module. */
function drawPlotly(plotly: Plotly, figure: PlotlyFigure): void {
  const element = document.getElementById("plot") ?? document.body;
  const image = {
    name: "Save as an image",
    icon: plotly.Icons.camera,
    click: () =>
      void plotly
        .toImage(element, { format: "png" })
        .then((save) => window.parent.parent.postMessage({ save }, "*")),
  };
  const config = { ...figure.config, modeBarButtonsToRemove: ["toImage"], modeBarButtonsToAdd: [image] };
  plotly
    .newPlot(element, figure.data, figure.layout, config)
    .then(() => (figure.frames === undefined ? undefined : plotly.addFrames(element, figure.frames)))
    .catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      document.body.append(`Part of this plot is missing, because outputs have no network: ${reason}`);
    });
}

interface PlotlyFigure {
  data: unknown[];
  layout: object;
  config: object;
  frames: unknown[] | undefined;
}

interface Plotly {
  newPlot(element: HTMLElement, data: unknown[], layout: object, config: object): Promise<unknown>;
  addFrames(element: HTMLElement, frames: unknown[]): Promise<unknown>;
  toImage(element: HTMLElement, options: object): Promise<string>;
  Icons: { camera: object };
}

/**
 * Draws a Plotly figure in a frame without a network: Plotly would load images, maps and tiles from any
 * address in the figure.
 */
export const plotlyRenderer: Renderer = async (content, _mime, around) => {
  const given = jsonOf(content);
  if (!isRecord(given) || !Array.isArray(given["data"])) throw new Error("This is not a Plotly figure.");
  const { default: library } = await import("./plotlyLibrary");
  const own = isRecord(given["layout"]) ? given["layout"] : {};
  const { fore, grid } = plotColours();
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: grid };
  // A figure without a background has the background of the page.
  const layout: Record<string, unknown> = {
    height: 400,
    ...own,
    paper_bgcolor: own["paper_bgcolor"] ?? "rgba(0,0,0,0)",
    plot_bgcolor: own["plot_bgcolor"] ?? "rgba(0,0,0,0)",
    font: { color: fore, ...(isRecord(own["font"]) ? own["font"] : {}) },
    xaxis: { ...axis, ...(isRecord(own["xaxis"]) ? own["xaxis"] : {}) },
    yaxis: { ...axis, ...(isRecord(own["yaxis"]) ? own["yaxis"] : {}) },
    autosize: own["width"] === undefined,
  };
  const figure: PlotlyFigure = {
    data: given["data"],
    layout,
    config: { responsive: true, displaylogo: false, ...(isRecord(given["config"]) ? given["config"] : {}) },
    frames: Array.isArray(given["frames"]) ? given["frames"] : undefined,
  };
  const place = (at: number): string => `<script type="cellbridge/script" data-script="${at}" data-type=""></script>`;
  return drawSandboxed(
    {
      html: `<div id="plot" class="plot"></div>${place(0)}${place(1)}`,
      scripts: [library, `(${drawPlotly.toString()})(Plotly, ${JSON.stringify(figure)})`],
    },
    around,
  );
};

export const vegaRenderer: Renderer = async (content, mime) => {
  const given = jsonOf(content);
  if (!isRecord(given)) throw new Error("This is not a Vega specification.");
  const [vega, { expressionInterpreter }] = await Promise.all([import("vega"), import("vega-interpreter")]);
  const element = h("div", { className: "plot" });
  // Vega empties its own element.
  const whole = h("div", {}, element);
  // The specification is untrusted: expressions are interpreted instead of compiled to functions, and no
  // data are loaded.
  const loader = vega.loader();
  const missing = new Set<string>();
  const refuse = (url: string): Promise<never> => {
    if (!missing.has(url)) whole.append(h("div", { className: "notice" }, missingData(url)));
    missing.add(url);
    return Promise.reject(new Error(missingData(url)));
  };
  loader.load = loader.sanitize = refuse;
  const { fore, grid } = plotColours();
  const config = {
    background: "transparent",
    axis: { domainColor: grid, gridColor: grid, tickColor: grid, labelColor: fore, titleColor: fore },
    legend: { labelColor: fore, titleColor: fore },
    title: { color: fore, subtitleColor: fore },
    view: { stroke: grid },
    style: { "guide-label": { fill: fore }, "guide-title": { fill: fore }, "group-title": { fill: fore } },
  };
  const spec = mime.includes("vegalite") ? await compileVegaLite(given, config) : given;
  const parsed = vega.parse(spec, config, { ast: true });
  const view = new vega.View(parsed, { renderer: "svg", loader, expr: expressionInterpreter } as object);
  view.initialize(element).hover();
  await view.runAsync();
  return { element: whole, dispose: () => void view.finalize() };
};

function missingData(url: string): string {
  return `The data ${url} were not loaded, because outputs have no network. Embed the data in the chart.`;
}

async function compileVegaLite(given: Record<string, unknown>, config: object): Promise<object> {
  const lite = await import("vega-lite");
  return lite.compile(given as unknown as Parameters<typeof lite.compile>[0], { config }).spec;
}
