/**
 * A server that has stopped by itself: whether it is started anew, and what a person is told.
 *
 * Owns counting how often that has happened. It must not know VS Code; client.ts does the rest.
 */

/** So many crashes within so many milliseconds, and the next start is left to a person. */
const MOST = 4;
const WHILE = 180_000;

/** What is to be done after a crash. */
export interface Verdict {
  restart: boolean;
  /** For a person; empty where they have been told already. */
  message: string;
}

/** Counts the crashes of one server and those that follow it. */
export class Crashes {
  private times: number[] = [];

  /** Note a crash; `now` in milliseconds. */
  happened(now: number): Verdict {
    this.times = [...this.times.filter((one) => now - one < WHILE), now];
    if (this.times.length >= MOST) {
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
