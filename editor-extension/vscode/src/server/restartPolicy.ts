/**
 * Decides whether a crashed server is restarted, and what to report to the user.
 *
 * Owns the count of crashes. It must not import VS Code; client.ts restarts the server.
 */

/** After this many crashes within the window (milliseconds), the user must restart the server. */
const CRASH_LIMIT = 4;
const WINDOW = 180_000;

/** The reaction to a crash. */
export interface CrashDecision {
  restart: boolean;
  /** Message for the user; empty if a recent crash was already reported. */
  message: string;
}

/** Counts the crashes of the server. */
export class RestartPolicy {
  private times: number[] = [];

  /** Record a crash, and decide what to do. `now` is in milliseconds. */
  recordCrash(now: number): CrashDecision {
    this.times = [...this.times.filter((one) => now - one < WINDOW), now];
    if (this.times.length >= CRASH_LIMIT) {
      return {
        restart: false,
        message:
          "Cellbridge stopped four times within three minutes and was not restarted. See the log for " +
          "the cause. Your kernels keep running.",
      };
    }
    const message =
      "Cellbridge stopped unexpectedly and was restarted. Your kernels and outputs are unaffected.";
    return { restart: true, message: this.times.length === 1 ? message : "" };
  }
}
