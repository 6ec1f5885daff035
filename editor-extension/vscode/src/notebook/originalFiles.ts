/**
 * The original bytes of notebook files, kept until the window closes.
 *
 * Saving takes unedited parts from them. VS Code does not pass the file to a serializer, so a large
 * notebook has a key to its bytes in its metadata; small ones have the bytes themselves.
 */
import { createHash } from "node:crypto";

/** Longer content is kept under a key, in characters of base64. */
const INLINE_LIMIT = 256 * 1024;
/** Number of files kept. A file that was dropped is written in the default layout. */
const FILE_LIMIT = 32;

const KEY_PREFIX = "sha256:";
const originals = new Map<string, string>();

/** Keep the bytes of a file. Return the value for the notebook's metadata. */
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

/** Return the bytes as base64; undefined if they are no longer kept. */
export function findOriginal(stored: string | undefined): string | undefined {
  if (stored?.startsWith(KEY_PREFIX) !== true) {
    return stored;
  }
  const content = originals.get(stored);
  if (content !== undefined) {
    originals.delete(stored);
    originals.set(stored, content);
  }
  return content;
}
