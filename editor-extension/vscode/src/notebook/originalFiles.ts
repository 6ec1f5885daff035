/**
 * The bytes that notebooks were read from, kept until the window closes.
 *
 * Saving takes from them whatever was not edited. VS Code asks to save without saying which file, so
 * a notebook carries a key to its bytes; scripts, which are small, carry the bytes themselves.
 */
import { createHash } from "node:crypto";

/** More bytes than this are kept under a key instead of being carried along. */
const INLINE_LIMIT = 256 * 1024;
/** So many files are kept; the longest unused goes first. It is then written in the usual layout. */
const FILE_LIMIT = 32;

const KEY_PREFIX = "sha256:";
const originals = new Map<string, string>();

/** Return what a notebook carries for these bytes. */
export function keepOriginal(content: string): string {
  if (content.length <= INLINE_LIMIT) {
    return content;
  }
  const key = KEY_PREFIX + createHash("sha256").update(content).digest("hex");
  originals.delete(key);
  originals.set(key, content);
  for (const oldest of originals.keys()) {
    if (originals.size > FILE_LIMIT) {
      originals.delete(oldest);
    }
  }
  return key;
}

/** Return the bytes as base64; undefined where they are kept no longer. */
export function findOriginal(carried: string | undefined): string | undefined {
  if (carried?.startsWith(KEY_PREFIX) !== true) {
    return carried;
  }
  const content = originals.get(carried);
  if (content !== undefined) {
    originals.delete(carried);
    originals.set(carried, content);
  }
  return content;
}
