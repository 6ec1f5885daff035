/**
 * Checks the messages of a widget's frame. The frame runs code that the page does not trust.
 *
 * A frame can change the models that it draws, send them messages, and request files of modules. It has
 * no message that runs a cell or does anything else for the user.
 */

import { isRecord } from "../render/mimeValues";
import { bytesOf, sizeOf } from "./binaryValues";
import type { FromFrame, State } from "./frameMessages";

/** Bytes of one message, so that a file of 50 MB fits. */
const MAX_MESSAGE = 64_000_000;
const MAX_NAME = 200;
/** The messages that a frame may send at once, and per second in the long run. */
const BURST = 2_000;
const RATE = 300;

const MODULE = /^(?:@[\w.-]+\/)?\w[\w.-]*(?:\/[\w-][\w.-]*)*$/;
const PATH = /^(?:[\w@~-][\w@.+~-]*(?:\/[\w@~-][\w@.+~-]*)*)?$/;

/** A message, with the size of what it changes in bytes. */
export interface CheckedMessage {
  message: FromFrame;
  size: number;
}

export class FrameGuard {
  private left = BURST;
  private since: number;

  constructor(private readonly now: () => number) {
    this.since = now();
  }

  /** Count a message. Return false if the frame has sent too many. `now` is in milliseconds. */
  count(): boolean {
    const time = this.now();
    this.left = Math.min(BURST, this.left + ((time - this.since) / 1000) * RATE);
    this.since = time;
    this.left -= 1;
    return this.left >= 0;
  }
}

/** Return a message of a frame that has the models in `known`; undefined if it is not valid. */
export function checkMessage(data: unknown, known: ReadonlySet<string>): CheckedMessage | undefined {
  if (!isRecord(data)) return undefined;
  const { type, model, id } = data;
  const isName = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= MAX_NAME;
  if (type === "need") return isName(model) ? { message: { type, model }, size: 0 } : undefined;
  if (type === "file" && typeof id === "number") {
    const { module, version, path } = data;
    if (!isName(module) || !MODULE.test(module) || typeof version !== "string" || version.length > MAX_NAME) return undefined;
    if (typeof path !== "string" || path.length > MAX_NAME || !PATH.test(path)) return undefined;
    return { message: { type, id, module, version, path }, size: 0 };
  }
  if (type === "library" && typeof id === "number") {
    return isName(data["name"]) ? { message: { type, id, name: data["name"] }, size: 0 } : undefined;
  }
  if (!isName(model) || !known.has(model)) return undefined;
  if (type === "update") {
    const { state } = data;
    const size = isRecord(state) ? sizeOf(state, MAX_MESSAGE) : Infinity;
    return size <= MAX_MESSAGE ? { message: { type, model, state: state as State }, size } : undefined;
  }
  if (type === "custom" && Array.isArray(data["buffers"])) {
    const buffers = data["buffers"].map(bytesOf);
    if (buffers.length > 1000 || !buffers.every((one) => one !== undefined)) return undefined;
    const { content } = data;
    const size = sizeOf([content, ...buffers], MAX_MESSAGE);
    const parts = buffers.map((one) => one.slice().buffer);
    return size <= MAX_MESSAGE ? { message: { type, model, content, buffers: parts }, size } : undefined;
  }
  return undefined;
}
