/**
 * A server that has stopped by itself: whether it is started anew, and what a person is told.
 *
 * Owns counting how often that has happened. It must not know VS Code; client.ts does the rest.
 */

/** So many crashes within so many milliseconds, and the next start is left to a person. */
const CRASH_LIMIT = 4;
const WINDOW = 180_000;

/** What is to be done after a crash. */
export interface CrashDecision {
  restart: boolean;
  /** For a person; empty where they have been told already. */
  message: string;
}

/** Counts the crashes of one server and those that follow it. */
export class RestartPolicy {
  private times: number[] = [];

  /** Note a crash; `now` in milliseconds. */
  recordCrash(now: number): CrashDecision {
    this.times = [...this.times.filter((one) => now - one < WINDOW), now];
    if (this.times.length >= CRASH_LIMIT) {
      return {
        restart: false,
        message:
          "The cellbridge server has stopped four times within three minutes and is not started " +
          "again by itself; your kernels live on, and its log may say why.",
      };
    }
    const message =
      "The cellbridge server stopped unexpectedly and has been started anew; your kernels and " +
      "their outputs are still there.";
    return { restart: true, message: this.times.length === 1 ? message : "" };
  }
}
