/** Converts the state of models between the protocol, with base64 next to it, and binary values within it. */

import type { WidgetBuffer } from "../protocol";
import { isRecord } from "../render/mimeValues";
import type { State } from "./frameMessages";

/** Return the bytes of a binary value; undefined for any other value. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined;
}

export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  // A call has a limited number of arguments.
  for (let from = 0; from < bytes.length; from += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
  }
  return btoa(text);
}

export function decodeBase64(data: string): DataView {
  const text = atob(data);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return new DataView(bytes.buffer);
}

/** Put the buffers of a message into its state. A path that the state does not have is ignored. */
export function joinBuffers(state: State, buffers: readonly WidgetBuffer[]): State {
  for (const { path, data } of buffers) {
    let place: unknown = state;
    for (const key of path.slice(0, -1)) place = ownValue(place, key);
    const last = path.at(-1);
    if (last === undefined) continue;
    if (Array.isArray(place) && typeof last === "number") place[last] = decodeBase64(data);
    else if (isRecord(place) && last !== "__proto__") place[String(last)] = decodeBase64(data);
  }
  return state;
}

function ownValue(place: unknown, key: string | number): unknown {
  return typeof place === "object" && place !== null && Object.hasOwn(place, key)
    ? (place as Record<string | number, unknown>)[key]
    : undefined;
}

/** Separate the binary values of a state, which is not changed. In lists, null is in their places. */
export function splitBuffers(state: State): { state: State; buffers: WidgetBuffer[] } {
  const buffers: WidgetBuffer[] = [];
  const copy = (value: unknown, path: (string | number)[]): unknown => {
    const bytes = bytesOf(value);
    if (bytes !== undefined) {
      buffers.push({ path, data: encodeBase64(bytes) });
      return undefined;
    }
    if (Array.isArray(value)) return value.map((item, at) => copy(item, [...path, at]) ?? null);
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, copy(item, [...path, key])] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  return { state: copy(state, []) as State, buffers };
}

/** The limits of a value that a frame sends. A deeper one is not valid for the kernel either. */
const MAX_DEPTH = 100;
const MAX_VALUES = 2_000_000;

/** Return the size of a value in bytes, at least; Infinity if it is not JSON with binary values, or too large. */
export function sizeOf(value: unknown, limit: number): number {
  let size = 0;
  let count = 0;
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    count += 1;
    size += 8;
    const { value: item, depth } = next;
    const bytes = bytesOf(item);
    if (bytes !== undefined) size += bytes.byteLength;
    else if (typeof item === "string") size += item.length;
    else if (Array.isArray(item)) {
      if (item.length > MAX_VALUES) return Infinity;
      for (const part of item) waiting.push({ value: part, depth: depth + 1 });
    } else if (isRecord(item)) {
      const prototype: unknown = Object.getPrototypeOf(item);
      if (prototype !== Object.prototype && prototype !== null) return Infinity;
      for (const [key, part] of Object.entries(item)) {
        size += key.length;
        waiting.push({ value: part, depth: depth + 1 });
      }
    } else if (item !== null && !["number", "boolean", "undefined"].includes(typeof item)) return Infinity;
    if (size > limit || count > MAX_VALUES || depth > MAX_DEPTH) return Infinity;
  }
  return size;
}
