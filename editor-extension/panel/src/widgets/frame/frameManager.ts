/**
 * The widget manager of one frame: the models that the frame has, and their views.
 *
 * The page sends the models and their changes. A change in the frame goes to the page, which sends it to the
 * kernel and to the other frames.
 */

import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";

import { typeset } from "../../render/markdown";
import { bytesOf } from "../binaryValues";
import type { ModelState, ToFrame } from "../frameMessages";
import type { ModuleLoader } from "./moduleLoader";
import type { PageConnection } from "./pageConnection";

type Callbacks = { iopub?: { status?: (message: object) => void } } | undefined;
type Data = { method?: string; state?: base.Dict<unknown>; buffer_paths?: (string | number)[][]; content?: unknown };

/** The end of a model's comm in the frame. */
class FrameComm {
  readonly target_name = "jupyter.widget";
  private receive: ((message: object) => unknown) | undefined;
  private closed: ((message: object) => void) | undefined;

  constructor(readonly comm_id: string, private readonly connection: PageConnection) {}

  on_msg(receive: (message: object) => unknown): void {
    this.receive = receive;
  }

  on_close(closed: (message: object) => void): void {
    this.closed = closed;
  }

  open(): string {
    return "";
  }

  close(): string {
    return "";
  }

  send(data: Data, callbacks: Callbacks, _metadata: unknown, buffers: (ArrayBuffer | ArrayBufferView)[] = []): string {
    const parts = buffers.map((one) => (bytesOf(one) ?? new Uint8Array()).slice().buffer);
    const model = this.comm_id;
    if (data.method === "update") {
      const state = toPlain(data.state ?? {}) as base.Dict<base.BufferJSON>;
      base.put_buffers(state, data.buffer_paths ?? [], parts);
      this.connection.post({ type: "update", model, state });
    } else if (data.method === "custom") {
      this.connection.post({ type: "custom", model, content: toPlain(data.content), buffers: parts });
    }
    // The page joins changes, so the model need not wait for the kernel before it sends the next one.
    queueMicrotask(() => callbacks?.iopub?.status?.({ content: { execution_state: "idle" } }));
    return "";
  }

  update(state: unknown): unknown {
    return this.receive?.({ content: { data: { method: "update", state, buffer_paths: [] } }, buffers: [] });
  }

  custom(content: unknown, buffers: DataView[]): unknown {
    return this.receive?.({ content: { data: { method: "custom", content } }, buffers });
  }

  end(): void {
    this.closed?.({});
  }
}

/** Return a value that can be sent: what cannot be cloned, such as a function, is left out as in JSON. */
function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown;
}

export class FrameManager extends ManagerBase {
  /** The controls draw formulas in their texts by it, under this name. */
  readonly _rendermime = { latexTypesetter: { typeset } };
  private readonly comms = new Map<string, FrameComm>();
  /** Models that views wait for, until the page sends them or answers that they do not exist. */
  private readonly waiting = new Map<string, { promise: Promise<void>; settle(): void }>();

  constructor(private readonly connection: PageConnection, private readonly modules: ModuleLoader) {
    super();
  }

  /** Handle a message of the page about models. */
  receive(message: Exclude<ToFrame, { type: "answer" | "start" }>): void {
    switch (message.type) {
      case "models":
        this.open(message.models);
        return;
      case "missing":
        this.settle(message.model);
        return;
      case "update":
        this.after(message.model, (comm) => comm.update(message.state));
        return;
      case "custom":
        this.after(message.model, (comm) => comm.custom(message.content, message.buffers));
        return;
      case "close":
        this.after(message.model, (comm) => {
          this.comms.delete(message.model);
          comm.end();
        });
    }
  }

  override async get_model(model: string): Promise<base.WidgetModel> {
    if (!this.has_model(model)) {
      await this.request(model);
      if (!this.has_model(model)) throw new Error("This widget is no longer in the session. Run the cell again to show it.");
    }
    return await super.get_model(model);
  }

  /** Create a view of a model. In the place of one that fails is a sentence, so that the views around it work. */
  override create_view<V extends base.WidgetView = base.WidgetView>(model: base.WidgetModel, options = {}): Promise<V> {
    const id = base.uuid();
    const made = (model.state_change = model.state_change.then(async () => {
      let view: base.WidgetView;
      try {
        view = await this.createOwnView(model, options);
      } catch (error) {
        console.error(error);
        view = new FailedView({ model: this.createFailedModel(model, error), options: this.viewOptions(options) });
        await view.render();
      }
      view.once("remove", () => {
        if (model.views !== undefined) Reflect.deleteProperty(model.views, id);
      });
      return view;
    }));
    if (model.views !== undefined) model.views[id] = made as Promise<base.WidgetView>;
    return made as Promise<V>;
  }

  private async createOwnView(model: base.WidgetModel, options: object): Promise<base.WidgetView> {
    if (model instanceof FailedModel) throw model.get("error");
    const View = (await this.loadClass(
      attribute(model, "_view_name"), attribute(model, "_view_module"), attribute(model, "_view_module_version"),
    )) as typeof base.WidgetView;
    const view = new View({ model, options: this.viewOptions(options) });
    view.listenTo(model, "destroy", () => void view.remove());
    await view.render();
    return view;
  }

  private createFailedModel(model: base.WidgetModel, error: unknown): FailedModel {
    const own = { error, what: attribute(model, "_view_name") };
    return new FailedModel(own, { widget_manager: this, model_id: base.uuid(), comm: undefined });
  }

  private viewOptions(options: object): Record<string, unknown> {
    const made: unknown = this.setViewOptions(options);
    return made as Record<string, unknown>;
  }

  /** Create a model. One that fails is replaced, so that those that refer to it work. */
  override async _make_model(options: base.IModelOptions & { model_id: string }, state: object): Promise<base.WidgetModel> {
    const { model_name: name, model_module: module, model_id } = options;
    const own = { widget_manager: this, model_id, comm: options.comm as unknown };
    let model: base.WidgetModel;
    try {
      const Model = (await this.loadClass(name, module, options.model_module_version)) as typeof base.WidgetModel;
      const attributes: unknown = await Model._deserialize_state(state as never, this);
      model = new Model(attributes, own);
    } catch (error) {
      console.error(error);
      model = new FailedModel({ error, what: name }, own);
    }
    model.name = name;
    model.module = module;
    return model;
  }

  protected override async loadClass(name: string, module: string, version: string): Promise<typeof base.WidgetModel | typeof base.WidgetView> {
    const exports = await this.modules.load(module, version);
    const found = exports[name];
    if (typeof found !== "function") {
      throw new Error(`The module ${module} has no ${name}. Install a version of it that fits the Python package.`);
    }
    return found as typeof base.WidgetModel;
  }

  protected override _create_comm(): Promise<base.IClassicComm> {
    return Promise.reject(new Error("Widgets are created by the kernel only."));
  }

  protected override _get_comm_info(): Promise<object> {
    return Promise.resolve({});
  }

  private open(models: readonly ModelState[]): void {
    // Without a wait between them, so that each model finds the others.
    for (const { model, state } of models) {
      if (this.has_model(model)) continue;
      const comm = new FrameComm(model, this.connection);
      this.comms.set(model, comm);
      const text = (name: string): string => (typeof state[name] === "string" ? state[name] : "");
      const options = {
        model_name: text("_model_name"), model_module: text("_model_module"), model_module_version: text("_model_module_version"),
        model_id: model, comm: comm as unknown as base.IClassicComm,
      };
      this.new_model(options, state as never).catch((error: unknown) => console.error(error));
      this.settle(model);
    }
  }

  /** Act on a model once it is complete, in the order of the messages. */
  private after(model: string, act: (comm: FrameComm) => unknown): void {
    if (!this.has_model(model)) return;
    super.get_model(model).then(
      () => {
        const comm = this.comms.get(model);
        return comm === undefined ? undefined : act(comm);
      },
      () => undefined,
    ).catch((error: unknown) => console.error(error));
  }

  private request(model: string): Promise<void> {
    const known = this.waiting.get(model);
    if (known !== undefined) return known.promise;
    let settle = (): void => undefined;
    const promise = new Promise<void>((resolve) => (settle = resolve));
    this.waiting.set(model, { promise, settle });
    this.connection.post({ type: "need", model });
    return promise;
  }

  private settle(model: string): void {
    this.waiting.get(model)?.settle();
    this.waiting.delete(model);
  }
}

/** Return an attribute that is a text; empty for none. */
function attribute(model: base.WidgetModel, name: string): string {
  const value: unknown = model.get(name);
  return typeof value === "string" ? value : "";
}

/** Stands for a model, or for the model of a view, that could not be created. */
class FailedModel extends base.DOMWidgetModel {
  override defaults(): Record<string, unknown> {
    return { ...super.defaults(), _view_name: "", error: undefined, what: "" };
  }
}

/** A sentence in the place of a view. */
class FailedView extends base.DOMWidgetView {
  override render(): void {
    const error: unknown = this.model.get("error");
    const name = String(this.model.get("what"));
    const sentence = document.createElement("div");
    sentence.className = "cellbridge-note";
    sentence.setAttribute("role", "alert");
    sentence.textContent = `${name === "" ? "This widget" : `The widget ${name}`} cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
    this.el.append(sentence);
  }
}

/** Show a model in an element. Return a function that removes it. */
export async function mountModel(manager: FrameManager, model: string, element: HTMLElement): Promise<() => void> {
  const view = await manager.create_view<base.DOMWidgetView>(await manager.get_model(model));
  const { luminoWidget } = view;
  Widget.attach(luminoWidget, element);
  const resize = (): void => MessageLoop.postMessage(luminoWidget, Widget.ResizeMessage.UnknownSize);
  window.addEventListener("resize", resize);
  return () => {
    window.removeEventListener("resize", resize);
    view.remove();
  };
}
