/** Messages between the page and the frame of a widget. Binary values are `DataView`s within the state. */

export type State = Record<string, unknown>;

/** A model with its whole state. */
export interface ModelState {
  model: string;
  state: State;
}

/** A file of a widget's module. */
export interface ModuleFile {
  format: "amd" | "federated";
  text: string;
  /** The installed version; empty if it is unknown. */
  version: string;
}

export type ToFrame =
  /** Draw this model. The models it needs were sent before. */
  | { type: "start"; root: string }
  | { type: "models"; models: ModelState[] }
  /** The session has no such model. */
  | { type: "missing"; model: string }
  | { type: "update"; model: string; state: State }
  | { type: "custom"; model: string; content: unknown; buffers: DataView[] }
  | { type: "close"; model: string }
  /** The answer to a request for a file or a library. */
  | { type: "answer"; id: number; result?: unknown; error?: string };

export type FromFrame =
  /** A view needs this model, which the frame does not have. */
  | { type: "need"; model: string }
  | { type: "update"; model: string; state: State }
  | { type: "custom"; model: string; content: unknown; buffers: ArrayBuffer[] }
  /** Request a file of a module; the entry if `path` is empty. The answer is a `ModuleFile`. */
  | { type: "file"; id: number; module: string; version: string; path: string }
  /** Request a library of the page. The answer is the texts of its scripts. */
  | { type: "library"; id: number; name: string };
