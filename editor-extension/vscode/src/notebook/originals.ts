/**
 * The bytes that notebooks were read from, kept until the window closes.
 *
 * Saving takes from them whatever was not edited. VS Code asks to save without saying which file, so
 * a notebook carries a key to its bytes; scripts, which are small, carry the bytes themselves.
 */
import { createHash } from "node:crypto";

/** More bytes than this are kept under a key instead of being carried along. */
const CARRIED = 256 * 1024;
/** So many files are kept; the longest unused goes first. It is then written in the usual layout. */
const KEPT = 32;

const PREFIX = "sha256:";
const kept = new Map<string, string>();

/** Return what a notebook carries for these bytes. */
export function remember(content: string): string {
  if (content.length <= CARRIED) {
    return content;
  }
  const key = PREFIX + createHash("sha256").update(content).digest("hex");
  kept.delete(key);
  kept.set(key, content);
  for (const oldest of kept.keys()) {
    if (kept.size > KEPT) {
      kept.delete(oldest);
    }
  }
  return key;
}

/** Return the bytes as base64; undefined where they are kept no longer. */
export function recall(carried: string | undefined): string | undefined {
  if (carried?.startsWith(PREFIX) !== true) {
    return carried;
  }
  const content = kept.get(carried);
  if (content !== undefined) {
    kept.delete(carried);
    kept.set(carried, content);
  }
  return content;
}
