/** Draws Plotly figures. The library is loaded for the first figure. */

import { drawSandboxed } from "../render/html";
import { isRecord, jsonOf } from "../render/mimeValues";
import { colourOf } from "../render/themeColours";
import type { Renderer } from "../render/types";
import { NO_LIBRARIES, scriptPlace } from "./libraries";

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
      const note = document.createElement("div");
      note.className = "cellbridge-note";
      note.textContent = `Part of this figure is missing: ${reason} Outputs have no network.`;
      document.body.append(note);
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
  const { default: libraries } = await import("./plotlyLibrary");
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
  return drawSandboxed(
    {
      html: `<div id="plot" class="plot"></div>${scriptPlace(0)}`,
      scripts: [`(${drawPlotly.toString()})(Plotly, ${JSON.stringify(figure)})`],
      libraries: { ...NO_LIBRARIES, scripts: libraries },
    },
    around,
  );
};
