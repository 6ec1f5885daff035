/**
 * Draws a widget in a sandboxed frame.
 *
 * The program of the frame is loaded for the first widget, so that other outputs do not pay for it.
 */

import { scriptPlace } from "../charts/libraries";
import { h } from "../dom";
import { drawSandboxed } from "../render/html";
import { colourOf, isDark } from "../render/themeColours";
import type { DrawnOutput, OutputContext, Renderer } from "../render/types";
import { modelOf } from "./widgetViewContent";

export { modelOf, WIDGET_VIEW } from "./widgetViewContent";

/** Draws the content of `application/vnd.jupyter.widget-view+json`. */
export const widgetRenderer: Renderer = (content, _mime, around) => {
  const model = modelOf(content);
  if (model === undefined) throw new Error("It does not name a widget.");
  return drawWidget(model, around);
};

function drawWidget(model: string, around: OutputContext): DrawnOutput {
  const place = h("div", { className: "widget-place" });
  const note = h("div", { className: "notice widget-note", hidden: true, aria: { role: "status" } });
  const element = h("div", { className: "widget" }, place, note);
  const session = around.widgets?.();
  if (session === undefined) {
    place.append(h("div", { className: "notice" }, "This widget needs a running session. Run the cell to show it."));
    return { element };
  }
  let drawn: DrawnOutput | undefined;
  /** The number of the last change of the place; a frame that was prepared for an earlier one is not shown. */
  let shown = 0;
  const clear = (...content: Node[]): void => {
    shown += 1;
    drawn?.dispose?.();
    drawn = undefined;
    place.replaceChildren(...content);
  };
  const showFrame = async (): Promise<void> => {
    clear();
    const mine = shown;
    const { program, style } = await import("cellbridge:widgetFrame");
    if (mine !== shown) return;
    const html = `<style>${themeVariables()}</style><div id="widget"></div>${scriptPlace(0)}`;
    drawn = drawSandboxed({ html, scripts: [`(${receiveProgram.toString()})()`] }, around, (port) => {
      port.postMessage({ program, style });
      attached.connect(port);
    });
    place.append(drawn.element);
    drawn.attached?.();
  };
  const attached = session.attach(model, {
    show: () => {
      showFrame().catch((error: unknown) => clear(h("div", { className: "notice" }, `The widget cannot be drawn: ${String(error)}`)));
    },
    say: (sentence) => clear(...(sentence === "" ? [] : [h("div", { className: "notice" }, sentence)])),
    note: (sentence) => {
      note.hidden = sentence === "";
      note.textContent = sentence;
    },
  });
  return {
    element,
    dispose: () => {
      attached.dispose();
      clear();
    },
  };
}

/** Runs in the frame as text: connects it with the page, and runs the program that the page sends. */
function receiveProgram(): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<{ program: string; style: string }>) => {
    const style = document.createElement("style");
    style.textContent = data.style;
    document.head.prepend(style);
    // The program takes over the port.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const run = new Function("port", data.program) as (port: MessagePort) => void;
    run(port1);
  };
  window.parent.parent.postMessage({}, "*", [port2]);
}

/** Return the colours and fonts of the page as the CSS variables that widgets use. */
function themeVariables(): string {
  const fore = colourOf("--panel-foreground");
  const muted = colourOf("--panel-muted");
  const back = colourOf("--panel-background");
  const head = colourOf("--panel-head");
  const border = colourOf("--panel-border");
  const accent = colourOf("--panel-accent");
  const mix = (colour: string, share: number, other: string): string => `color-mix(in srgb, ${colour} ${share}%, ${other})`;
  const values: Record<string, string> = {
    "--jp-layout-color0": back, "--jp-layout-color1": back, "--jp-layout-color2": head,
    "--jp-layout-color3": mix(fore, 14, back), "--jp-layout-color4": mix(fore, 28, back),
    "--jp-ui-font-color0": fore, "--jp-ui-font-color1": fore, "--jp-ui-font-color2": muted, "--jp-ui-font-color3": mix(muted, 70, back),
    "--jp-content-font-color0": fore, "--jp-content-font-color1": fore, "--jp-content-font-color2": muted, "--jp-content-font-color3": muted,
    "--jp-border-color0": mix(fore, 45, back), "--jp-border-color1": mix(fore, 32, back), "--jp-border-color2": border, "--jp-border-color3": border,
    "--jp-brand-color0": accent, "--jp-brand-color1": accent, "--jp-brand-color2": mix(accent, 60, back), "--jp-brand-color3": mix(accent, 25, back),
    "--jp-accent-color1": colourOf("--panel-ok"), "--jp-success-color1": colourOf("--panel-ok"),
    "--jp-warn-color1": colourOf("--panel-warning"), "--jp-error-color1": colourOf("--panel-error"),
    "--jp-widgets-color": fore, "--jp-widgets-label-color": fore, "--jp-widgets-readout-color": fore,
    "--jp-widgets-input-color": fore, "--jp-widgets-input-background-color": colourOf("--panel-input"),
    "--jp-widgets-input-border-color": mix(fore, 32, back), "--jp-widgets-input-focus-border-color": accent,
    "--jp-widgets-slider-active-handle-color": accent, "--jp-widgets-slider-handle-background-color": back,
    "--cellbridge-dark": isDark() ? "1" : "0",
  };
  const computed = getComputedStyle(document.body);
  for (const [jupyter, own] of [["--jp-ui-font-family", "--panel-font"], ["--jp-code-font-family", "--panel-mono"]] as const) {
    values[jupyter] = computed.getPropertyValue(own).trim();
  }
  // For the page's own styles, which also apply to outputs in an Output widget.
  for (const name of PANEL_VARIABLES) values[name] = computed.getPropertyValue(name).trim() === "" ? "inherit" : colourOf(name);
  return `:root { ${Object.entries(values).map(([name, value]) => `${name}: ${value};`).join(" ")} }`;
}

const PANEL_VARIABLES = [
  "--panel-background", "--panel-foreground", "--panel-muted", "--panel-border", "--panel-head", "--panel-hover",
  "--panel-accent", "--panel-link", "--panel-error", "--panel-ok", "--panel-warning", "--panel-input",
  ...Array.from({ length: 16 }, (_, at) => `--ansi-${at}`),
];
