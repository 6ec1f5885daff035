/**
 * The widgets of one document.
 *
 * Owns the page's copy of all models, and the frames that draw them. The language server sends all models
 * once and then their changes, which go to the frames that have the model. A change by the user in one
 * frame goes to the other frames at once, and to the kernel.
 */

import type { Host } from "../host";
import type { ToPanel } from "../messages";
import type { WidgetMessage, WidgetModuleResult, WidgetsChangedParams, WidgetsResult } from "../protocol";
import { decodeBase64, joinBuffers } from "./binaryValues";
import { checkMessage, FrameGuard, type CheckedMessage } from "./frameGuard";
import type { ModuleFile, State, ToFrame } from "./frameMessages";
import { OutgoingChanges } from "./outgoingChanges";
import { referencesIn, WidgetModels } from "./widgetModels";

export const MISSING = "This widget is no longer in the session. Run the cell again to show it.";
export const RESET = "The kernel was restarted, so this widget is gone. Run the cell again to show it.";
const FLOODED = "This widget was stopped, because it sent too many messages.";
const INVALID = "This widget was stopped, because it sent a message that is too large or not valid.";
const FULL = "This widget was stopped, because the kernel does not accept its changes as fast as it sends them.";

/** Requests for files of one frame that are not answered. */
const MAX_FILES = 100;
/** Changes that arrive before the answer with all models. */
const MAX_EARLY = 10_000;

/** Shows one model: its frame, or a sentence. */
export interface WidgetViewer {
  /** Draw the frame, which then calls `connect`. */
  show(): void;
  /** Remove the frame and show a sentence; an empty one for a widget that the kernel has closed. */
  say(sentence: string): void;
  /** Show a sentence below the frame. */
  note(sentence: string): void;
}

/** The libraries of charts that a frame may request, as the texts of scripts. Each is loaded on first use. */
const LIBRARIES: Record<string, () => Promise<{ default: string[] }>> = {
  plotlyLibrary: () => import("../charts/plotlyLibrary"),
  vegaLibrary: () => import("../charts/vegaLibrary"),
  bokehLibrary: () => import("../charts/bokehLibrary"),
  bokehWidgets: () => import("../charts/bokehWidgets"),
  leafletLibrary: () => import("../charts/leafletLibrary"),
};

/** A view of a model in the page. */
interface Attached {
  readonly root: string;
  readonly viewer: WidgetViewer;
  frame: Frame | undefined;
}

interface Frame {
  readonly port: MessagePort;
  readonly known: Set<string>;
  readonly guard: FrameGuard;
  files: number;
}

export class WidgetSession {
  private readonly models = new WidgetModels();
  private readonly attached = new Set<Attached>();
  private readonly outgoing: OutgoingChanges;
  private early: WidgetMessage[] | undefined;
  private loaded: Promise<void> | undefined;
  private isReset = false;

  constructor(private readonly host: Pick<Host, "request">, private readonly uri: string) {
    this.outgoing = new OutgoingChanges(
      (messages) => host.request("cellbridge/widgetSend", { uri, messages }),
      (error) => this.noteAll(error === undefined ? "" : `The change did not reach the kernel: ${error.message}`),
    );
  }

  /** Show a model. Return a function that ends it. */
  attach(root: string, viewer: WidgetViewer): { connect(port: MessagePort): void; dispose(): void } {
    const one: Attached = { root, viewer, frame: undefined };
    this.attached.add(one);
    this.loaded ??= this.load();
    this.loaded.then(
      () => this.begin(one),
      (error: unknown) => viewer.say(`The widgets of this session cannot be shown: ${error instanceof Error ? error.message : String(error)}`),
    );
    return {
      connect: (port) => this.connect(one, port),
      dispose: () => {
        this.attached.delete(one);
        this.disconnect(one);
      },
    };
  }

  /** Apply a notification of the server. */
  receive({ messages, reset }: WidgetsChangedParams): void {
    if (reset === true) {
      this.early = this.early === undefined ? undefined : [];
      this.isReset = true;
      this.models.clear();
      this.outgoing.clear();
      for (const one of this.attached) this.stop(one, RESET);
    }
    if (this.early === undefined) this.applyAll(messages);
    else if (this.early.length + messages.length <= MAX_EARLY) this.early.push(...messages);
    else this.refresh();
  }

  /** Get all models again, for example from a restarted server. */
  refresh(): void {
    if (this.loaded === undefined) return;
    this.loaded = this.load();
    this.loaded.catch((error: unknown) => this.noteAll(error instanceof Error ? error.message : String(error)));
  }

  private async load(): Promise<void> {
    const early: WidgetMessage[] = (this.early = []);
    try {
      const { models } = await this.host.request<WidgetsResult>("cellbridge/widgets", { uri: this.uri });
      if (this.early !== early) return;
      const open = new Set(models.map(({ model }) => model));
      for (const model of this.models.ids()) if (!open.has(model)) this.close(model);
      this.applyAll([...models, ...early]);
    } catch (error) {
      // The next view requests the models again.
      if (this.early === early) this.loaded = undefined;
      throw error;
    } finally {
      if (this.early === early) this.early = undefined;
    }
  }

  private applyAll(messages: readonly WidgetMessage[]): void {
    // New models first: an update that refers to one may have been joined to an earlier update.
    const isNew = ({ kind, model }: WidgetMessage): boolean => kind === "open" && !this.models.has(model);
    const opening = messages.filter(isNew);
    for (const { model, state, buffers } of opening) this.models.open(model, joinBuffers({ ...state }, buffers ?? []));
    for (const { model } of opening) this.opened(model);
    const opened = new Set(opening);
    for (const message of messages) if (!opened.has(message)) this.apply(message);
  }

  private apply(message: WidgetMessage): void {
    const { kind, model, content, buffers = [] } = message;
    if (kind === "custom") {
      this.post(model, () => ({ type: "custom", model, content, buffers: buffers.map(({ data }) => decodeBase64(data)) }));
      return;
    }
    if (kind === "close") {
      this.close(model);
      return;
    }
    if (!this.models.has(model)) return;
    const state = joinBuffers({ ...message.state }, buffers);
    this.change(model, this.outgoing.accept(model, state), undefined);
  }

  /** Change a model, and show the change in all frames but the one that made it. */
  private change(model: string, state: State, by: Attached | undefined): void {
    this.models.update(model, state);
    const references = referencesIn(state);
    for (const one of this.attached) {
      if (one === by || one.frame?.known.has(model) !== true) continue;
      this.sendModels(one.frame, references);
      send(one.frame, { type: "update", model, state });
    }
  }

  private opened(model: string): void {
    for (const one of this.attached) {
      if (one.frame !== undefined && this.models.helps(model, one.frame.known)) this.sendModels(one.frame, [model]);
      else if (one.frame === undefined && one.root === model) this.begin(one);
    }
  }

  private close(model: string): void {
    this.models.close(model);
    this.post(model, () => ({ type: "close", model }));
    for (const one of this.attached) {
      one.frame?.known.delete(model);
      if (one.root === model) this.stop(one, "");
    }
  }

  /** Send a message to the frames that have the model. */
  private post(model: string, message: () => ToFrame): void {
    for (const { frame } of this.attached) if (frame?.known.has(model) === true) send(frame, message());
  }

  private begin(one: Attached): void {
    if (!this.attached.has(one)) return;
    if (this.models.has(one.root)) one.viewer.show();
    else one.viewer.say(this.isReset ? RESET : MISSING);
  }

  private connect(one: Attached, port: MessagePort): void {
    // A frame connects once. Its own scripts could send further ports.
    if (!this.attached.has(one) || one.frame !== undefined) {
      port.close();
      return;
    }
    const frame = (one.frame = { port, known: new Set<string>(), guard: new FrameGuard(() => performance.now()), files: 0 });
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.heard(one, frame, data);
    this.sendModels(frame, [one.root]);
    send(frame, { type: "start", root: one.root });
  }

  private disconnect(one: Attached): void {
    one.frame?.port.close();
    one.frame = undefined;
  }

  /** Remove the frame and show a sentence in its place. */
  private stop(one: Attached, sentence: string): void {
    this.disconnect(one);
    one.viewer.say(sentence);
  }

  /** Send these models to a frame, with all that they need, unless it has them. */
  private sendModels(frame: Frame, roots: Iterable<string>): void {
    const models = this.models.needed(roots, frame.known);
    if (models.length === 0) return;
    for (const { model } of models) frame.known.add(model);
    send(frame, { type: "models", models });
  }

  private heard(one: Attached, frame: Frame, data: unknown): void {
    if (one.frame !== frame) return;
    if (!frame.guard.count()) {
      this.stop(one, FLOODED);
      return;
    }
    const checked = checkMessage(data, frame.known);
    // A frame may still send a change of a model that was closed meanwhile.
    if (checked === undefined && isLate(data, frame)) return;
    if (checked === undefined) this.stop(one, INVALID);
    else this.obey(one, frame, checked);
  }

  private obey(one: Attached, frame: Frame, { message, size }: CheckedMessage): void {
    switch (message.type) {
      case "need":
        this.sendModels(frame, [message.model]);
        if (!frame.known.has(message.model)) send(frame, { type: "missing", model: message.model });
        return;
      case "update":
        if (!this.outgoing.update(message.model, message.state, size)) this.stop(one, FULL);
        else this.change(message.model, message.state, one);
        return;
      case "custom":
        if (!this.outgoing.message(message.model, message.content, message.buffers, size)) this.stop(one, FULL);
        return;
      default:
        void this.answer(frame, message);
    }
  }

  private async answer(frame: Frame, message: CheckedMessage["message"] & { type: "file" | "library" }): Promise<void> {
    const { id } = message;
    if (frame.files >= MAX_FILES) {
      send(frame, { type: "answer", id, error: "This widget requests too many files at once." });
      return;
    }
    frame.files += 1;
    try {
      const result = message.type === "file" ? await this.file(message) : await this.library(message.name);
      send(frame, { type: "answer", id, result });
    } catch (error) {
      send(frame, { type: "answer", id, error: error instanceof Error ? error.message : String(error) });
    } finally {
      frame.files -= 1;
    }
  }

  private async file({ module, version, path }: { module: string; version: string; path: string }): Promise<ModuleFile> {
    const params = { uri: this.uri, module, version, path };
    const found = await this.host.request<WidgetModuleResult>("cellbridge/widgetModule", params);
    return { format: found.format, text: new TextDecoder().decode(decodeBase64(found.data)), version: found.version ?? "" };
  }

  private async library(name: string): Promise<string[]> {
    const load = Object.hasOwn(LIBRARIES, name) ? LIBRARIES[name] : undefined;
    if (load === undefined) throw new Error(`The page has no library ${name}.`);
    return (await load()).default;
  }

  private noteAll(sentence: string): void {
    for (const { viewer } of this.attached) viewer.note(sentence);
  }
}

function send(frame: Frame, message: ToFrame): void {
  frame.port.postMessage(message);
}

/** Return true if a message is about a model that the frame does not have, or no longer. */
function isLate(data: unknown, frame: Frame): boolean {
  const model: unknown = typeof data === "object" && data !== null && "model" in data ? data.model : undefined;
  return typeof model === "string" && !frame.known.has(model);
}

const sessions = new WeakMap<object, { uri: string; session: WidgetSession }>();

/** Return the widgets of a document. A host has those of one document at a time. */
export function widgetSessionOf(host: Pick<Host, "request" | "listen">, uri: string): WidgetSession {
  const known = sessions.get(host);
  if (known?.uri === uri) return known.session;
  const session = new WidgetSession(host, uri);
  if (known === undefined) host.listen((message) => forward(host, message));
  sessions.set(host, { uri, session });
  return session;
}

function forward(host: object, message: ToPanel): void {
  const current = sessions.get(host);
  if (current === undefined) return;
  if (message.type === "widgets" && message.params.uri === current.uri) current.session.receive(message.params);
  // The document was loaded again, perhaps from a restarted server.
  else if (message.type === "document" && message.document?.uri === current.uri) current.session.refresh();
}
