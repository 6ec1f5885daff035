/**
 * Plots that come as data: Plotly and Vega. Their libraries are large, so each is loaded when the
 * first such plot is drawn.
 */

import { h } from "../dom";
import { colourOf } from "./themeColours";
import { drawSandboxed } from "./html";
import type { Renderer } from "./types";
import { isRecord, jsonOf } from "./mimeValues";

function plotColours(): { fore: string; grid: string } {
  return { fore: colourOf("--panel-foreground"), grid: colourOf("--panel-border") };
}

/** Runs inside the frame, beside Plotly; it is sent as text, so it uses nothing from outside of it. */
function drawPlotly(plotly: Plotly, figure: PlotlyFigure): void {
  const element = document.getElementById("plot") ?? document.body;
  const image = {
    name: "Save as a picture",
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
      document.body.append(`Part of this plot is missing, since outputs have no network: ${reason}`);
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
 * Plotly loads pictures, maps and tiles from wherever a figure says, so it draws in a frame, where
 * nothing is loaded.
 */
export const plotlyRenderer: Renderer = async (content, _mime, around) => {
  const given = jsonOf(content);
  if (!isRecord(given) || !Array.isArray(given["data"])) throw new Error("This is no Plotly figure.");
  const { default: library } = await import("./plotlyLibrary");
  const own = isRecord(given["layout"]) ? given["layout"] : {};
  const { fore, grid } = plotColours();
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: grid };
  // Where the figure chooses no paper of its own, it stands on the page's.
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
  if (!isRecord(given)) throw new Error("This is no Vega specification.");
  const [vega, { expressionInterpreter }] = await Promise.all([import("vega"), import("vega-interpreter")]);
  const element = h("div", { className: "plot" });
  // Expressions are interpreted instead of made into functions, and data come with the plot: its
  // specification is untrusted and reaches for nothing.
  const loader = vega.loader();
  loader.load = () => Promise.reject(new Error("Data of a plot are not loaded from elsewhere."));
  loader.sanitize = () => Promise.reject(new Error("Data of a plot are not loaded from elsewhere."));
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
  return { element, dispose: () => void view.finalize() };
};

async function compileVegaLite(given: Record<string, unknown>, config: object): Promise<object> {
  const lite = await import("vega-lite");
  return lite.compile(given as unknown as Parameters<typeof lite.compile>[0], { config }).spec;
}
