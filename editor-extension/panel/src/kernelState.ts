/** The words for the state of a kernel. */

import type { Kernel } from "./protocol";

const LABELS: Record<string, string> = {
  absent: "no kernel yet",
  starting: "kernel starting",
  idle: "idle",
  busy: "busy",
  restarting: "kernel restarting",
  stopped: "kernel stopped",
  dead: "kernel died",
  unresponsive: "session not responding",
};

/** Describe a kernel by its name and its state. */
export function describeKernel({ name, state }: Kernel): string {
  const words = LABELS[state] ?? state;
  return name === undefined ? words : `${name}, ${words}`;
}
