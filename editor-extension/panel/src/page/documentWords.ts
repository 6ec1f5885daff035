/** The words of the page about a document, and its address. */

import type { ShownCell } from "../cellStore";
import type { Kernel } from "../protocol";

/** The title of the browser's tab: the state of the session, and its script. */
export function documentTitle(name: string, kernel: Kernel, cells: readonly ShownCell[]): string {
  if (name === "") return "Cellbridge";
  if (cells.some(({ run }) => run?.waiting !== undefined)) return `● waits for input ${name}`;
  if (kernel.state === "busy") return `● running ${name}`;
  return kernel.state === "dead" ? `✗ kernel died ${name}` : name;
}

/** Describe the cells that run or wait, such as “cell 3 of 12 is running, 4 in the queue”. */
export function queueWords(cells: readonly ShownCell[]): string {
  const running = cells.find(({ run }) => run?.state === "running");
  const queued = cells.filter(({ run }) => run?.state === "queued").length;
  const count = cells.filter(({ partOf }) => partOf === undefined).length;
  return [
    running === undefined ? "" : `cell ${running.index + 1} of ${count} is running`,
    queued === 0 ? "" : `${queued} in the queue`,
  ]
    .filter((words) => words !== "")
    .join(", ");
}

/** Return the path of a script in the fragment of the page's address; empty for none. */
export function pathOfFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment.replace(/^#/, ""));
  } catch {
    return "";
  }
}

export function fragmentOf(path: string): string {
  return `#${encodeURIComponent(path).replaceAll("%2F", "/")}`;
}

/** Return the path of a file by its URI. */
export function pathOfUri(uri: string): string {
  if (!uri.startsWith("file:")) return "";
  try {
    const path = decodeURIComponent(new URL(uri).pathname);
    // A drive of Windows has a slash before it in a URI.
    return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
  } catch {
    return "";
  }
}
