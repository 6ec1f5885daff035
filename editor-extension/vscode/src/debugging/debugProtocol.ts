/**
 * The parts of the Debug Adapter Protocol that the extension reads, and its configurations.
 *
 * Owns types and names only. It must not import VS Code.
 */

/** The debug type in launch.json. */
export const DEBUG_TYPE = "cellbridge";

/** A debug configuration, after its defaults are filled in. */
export interface ScriptConfiguration {
  request: "attach" | "launch";
  /** The path of a script or of a notebook file. */
  script: string;
  /** The cells that a launch runs: a keyword, or the ids of cells or their numbers from 0. */
  cells?: "all" | "toCursor" | (string | number)[];
  /** The line from 1 for `toCursor`, in place of the cursor's. */
  line?: number;
  stopOnEntry?: boolean;
  /** Run the cells without a debugger. */
  noDebug?: boolean;
}

/** A message of the Debug Adapter Protocol. */
export interface Message {
  seq: number;
  type: string;
}

/** Takes messages, each of which it may change. */
export type Sink = (message: Message) => void;

export interface Request extends Message {
  type: "request";
  command: string;
  arguments?: RequestArguments;
}

/** The arguments that refer to lines of a file. */
export interface RequestArguments {
  source?: Source;
  line?: number;
  endLine?: number;
  breakpoints?: SourceBreakpoint[];
  [name: string]: unknown;
}

export interface Response extends Message {
  type: "response";
  request_seq: number;
  success: boolean;
  command: string;
  message?: string;
  body?: Body;
}

export interface Event extends Message {
  type: "event";
  event: string;
  body?: Body;
}

/** The fields of all bodies that refer to lines of a file. */
export interface Body extends Place {
  breakpoint?: Breakpoint;
  breakpoints?: Breakpoint[];
  stackFrames?: Place[];
  scopes?: Place[];
  targets?: Place[];
  hitBreakpointIds?: number[];
  [name: string]: unknown;
}

export interface Source {
  name?: string;
  /** A path, or the URI of a notebook's cell. */
  path?: string;
  sourceReference?: number;
}

/** Anything that has a place in a file. */
export interface Place {
  source?: Source;
  line?: number;
  endLine?: number;
}

export interface SourceBreakpoint {
  line: number;
  [name: string]: unknown;
}

export interface Breakpoint extends Place {
  id?: number;
  verified: boolean;
  message?: string;
}

export function isRequest(message: Message): message is Request {
  return message.type === "request";
}

export function isResponse(message: Message): message is Response {
  return message.type === "response";
}

export function isEvent(message: Message): message is Event {
  return message.type === "event";
}
