/**
 * The program in the frame of a widget: draws one model, with those it needs.
 *
 * It is a bundle of its own, which `widgetView.ts` runs in the frame as text.
 */

import "@fortawesome/fontawesome-free/css/fontawesome.css";
import "@fortawesome/fontawesome-free/css/regular.css";
import "@fortawesome/fontawesome-free/css/solid.css";
import "@fortawesome/fontawesome-free/css/v4-shims.css";
import "@jupyter-widgets/controls/css/widgets.css";
import "@lumino/widgets/style/widget.css";
import "@lumino/widgets/style/tabbar.css";
import "@lumino/widgets/style/tabpanel.css";
import "../../styles/theme.css";
import "../../styles/outputs.css";
import "./frame.css";

import * as base from "@jupyter-widgets/base";
import * as controls from "@jupyter-widgets/controls";
import * as algorithm from "@lumino/algorithm";
import * as coreutils from "@lumino/coreutils";
import * as domutils from "@lumino/domutils";
import * as messaging from "@lumino/messaging";
import * as signaling from "@lumino/signaling";
import * as lumino from "@lumino/widgets";

import { useLibraries } from "./directHtml";
import { FrameManager, mountModel } from "./frameManager";
import { ModuleLoader, type Library } from "./moduleLoader";
import { useManager } from "./nestedView";
import * as output from "./outputWidget";
import { PageConnection } from "./pageConnection";

/** The versions of the libraries, which federated extensions require. build.mjs defines them. */
declare const BASE_VERSION: string;
declare const CONTROLS_VERSION: string;
declare const LUMINO_VERSION: string;

const lumino2 = (exports: object): Library => ({ version: LUMINO_VERSION, exports: exports as Library["exports"] });
const LIBRARIES: Record<string, Library> = {
  "@jupyter-widgets/base": { version: BASE_VERSION, exports: base },
  "@jupyter-widgets/controls": { version: CONTROLS_VERSION, exports: controls },
  "@jupyter-widgets/output": { version: output.VERSION, exports: output },
  "@lumino/algorithm": lumino2(algorithm),
  "@lumino/coreutils": lumino2(coreutils),
  "@lumino/domutils": lumino2(domutils),
  "@lumino/messaging": lumino2(messaging),
  "@lumino/signaling": lumino2(signaling),
  "@lumino/widgets": lumino2(lumino),
};

/** The port of the page: a parameter of the program; see `receiveProgram` in widgetView.ts. */
declare const port: MessagePort;

const place = document.getElementById("widget") ?? document.body;
const connection = new PageConnection(port, (message) => {
  if (message.type !== "start") {
    manager.receive(message);
    return;
  }
  mountModel(manager, message.root, place).catch((error: unknown) => {
    console.error(error);
    place.textContent = `This widget cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
  });
});
// The code of a widget may fail at any time, and mostly its author sees the error in the console only.
const failure = document.createElement("div");
failure.className = "cellbridge-note";
failure.setAttribute("role", "alert");
const report = (error: unknown): void => {
  const reason = error instanceof Error ? error.message : String(error);
  failure.textContent = `The widget reported an error: ${reason}`;
  place.after(failure);
};
window.addEventListener("unhandledrejection", (event) => report(event.reason));
window.addEventListener("error", ({ error, message }) => {
  // Browsers report the size of a frame that follows its content in this way, which is harmless.
  if (!message.startsWith("ResizeObserver")) report(error ?? message);
});
const modules = new ModuleLoader(LIBRARIES, (module, version, path) => connection.file(module, version, path));
const manager = new FrameManager(connection, modules);
useManager(manager);
useLibraries((name) => connection.library(name));
// Widgets that save an image click on a link to it. The user is offered to save it.
const click = Object.getOwnPropertyDescriptor(HTMLElement.prototype, "click")?.value as (this: HTMLElement) => void;
HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
  if (this.hasAttribute("download") && this.href.startsWith("data:image/png;base64,")) window.parent.parent.postMessage({ save: this.href }, "*");
  else click.call(this);
};
