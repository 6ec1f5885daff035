/** Draws Vega and Vega-Lite specifications. The libraries are loaded for the first chart. */

import { drawSandboxed } from "../render/html";
import { isRecord, jsonOf } from "../render/mimeValues";
import type { Renderer } from "../render/types";
import { NO_LIBRARIES, scriptPlace } from "./libraries";

/** Runs in the frame with Vega. It is sent as text, so it must not use anything of this module. */
function drawChart(embed: VegaEmbed, spec: object, mode: string): void {
  embed("#plot", spec, { mode }).catch((error: unknown) => {
    const note = document.createElement("div");
    note.className = "cellbridge-note";
    note.textContent = `Could not draw this chart: ${error instanceof Error ? error.message : String(error)}`;
    document.body.append(note);
  });
}

type VegaEmbed = (place: string, spec: object, options: { mode: string }) => Promise<unknown>;

/** Draws a specification in a frame without a network, so that it cannot load data. */
export const vegaRenderer: Renderer = async (content, mime, around) => {
  const spec = jsonOf(content);
  if (!isRecord(spec)) throw new Error("This is not a Vega specification.");
  const { default: scripts } = await import("./vegaLibrary");
  const mode = mime.includes("vegalite") ? "vega-lite" : "vega";
  return drawSandboxed(
    {
      html: `<div id="plot" class="plot"></div>${scriptPlace(0)}`,
      scripts: [`(${drawChart.toString()})(vegaEmbed, ${JSON.stringify(spec)}, ${JSON.stringify(mode)})`],
      libraries: { ...NO_LIBRARIES, scripts },
    },
    around,
  );
};
