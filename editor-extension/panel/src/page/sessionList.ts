/**
 * The list of sessions: name, state, and connected clients.
 *
 * Owns the polling, which stops while the list cannot be seen.
 */

import { h } from "../dom";
import type { Host } from "../host";
import type { Session, SessionsResult } from "../protocol";
import { formatDuration, formatSize } from "../render/mimeValues";

/** Milliseconds between two requests. */
const POLL_EVERY = 2000;

export interface SessionListOptions {
  /** Return true if the list may send requests and can be seen. */
  isActive(): boolean;
  choose(path: string): void;
}

export class SessionList {
  readonly element: HTMLElement;
  private readonly rows = h("ul", { className: "session-rows" });
  private readonly note = h("p", { className: "session-note", aria: { live: "polite" } }, "Looking for sessions …");
  private shown = "";
  private asking = false;
  private current = "";
  private sessions: readonly Session[] = [];

  constructor(private readonly host: Host, private readonly options: SessionListOptions) {
    this.element = h("div", { className: "sessions" }, h("h2", {}, "Sessions"), this.rows, this.note);
    window.setInterval(() => void this.refresh(), POLL_EVERY);
    document.addEventListener("visibilitychange", () => void this.refresh());
  }

  /** Mark the session of this script. */
  setCurrent(uri: string): void {
    this.current = uri;
    this.draw();
  }

  /** Request the sessions, unless the list cannot be seen or an answer is still missing. */
  async refresh(): Promise<void> {
    if (this.asking || document.visibilityState !== "visible" || !this.options.isActive()) return;
    this.asking = true;
    try {
      const { sessions } = await this.host.request<SessionsResult>("cellbridge/sessions", {});
      this.sessions = sessions;
      this.note.textContent = sessions.length > 0 ? "" : "No session is running. Run a cell of a script in your editor, or in a script opened here.";
      this.draw();
    } catch (error) {
      this.note.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      this.asking = false;
    }
  }

  private draw(): void {
    const names = shortNames(this.sessions.map(({ name }) => name));
    const now = Date.now() / 1000;
    const rows = this.sessions.map((session, index) => ({ session, name: names[index] ?? session.name, words: describeSession(session, now) }));
    // An unchanged list keeps its elements, and so the focus.
    const key = JSON.stringify([this.current, rows.map(({ session, words }) => [session.uri, session.name, session.state, words])]);
    if (key === this.shown) return;
    this.shown = key;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["session"] : undefined;
    this.rows.replaceChildren(...rows.map(({ session, name, words }) => this.createRow(session, name, words)));
    if (focused !== undefined) {
      [...this.rows.querySelectorAll<HTMLElement>("[data-session]")].find((row) => row.dataset["session"] === focused)?.focus();
    }
  }

  private createRow(session: Session, name: string, words: string): HTMLElement {
    const button = h(
      "button",
      { type: "button", className: "session", title: session.name, disabled: session.uri === "", data: { session: session.name, state: session.state } },
      h("span", { className: "session-name" }, name),
      h("span", { className: "session-words" }, words),
    );
    if (session.uri !== "" && session.uri === this.current) button.setAttribute("aria-current", "page");
    button.addEventListener("click", () => this.options.choose(session.name));
    return h("li", {}, button);
  }
}

/** Describe a session: its state, who is connected, and its memory. */
export function describeSession(session: Session, now: number): string {
  const clients = (session.clients ?? []).filter((client) => client !== "Browser");
  const running = session.runningSince === undefined ? "" : ` for ${formatDuration(Math.max(1, Math.round(now - session.runningSince)))}`;
  return [
    `${session.state}${running}`,
    clients.join(", "),
    (session.agents ?? []).length > 0 ? `agent: ${(session.agents ?? []).join(", ")}` : "",
    session.memory === undefined ? "" : formatSize(session.memory),
  ]
    .filter((part) => part !== "")
    // Lines break between the parts.
    .map((part) => part.replaceAll(" ", "\u00a0"))
    .join(" · ");
}

/** Return the file names of paths. A name that occurs twice gets as many of its folders as it needs. */
export function shortNames(paths: readonly string[]): string[] {
  return paths.map((path, index) => {
    const parts = path.split(/[/\\]/);
    for (let count = 1; count < parts.length; count++) {
      const end = parts.slice(-count).join("/");
      if (!paths.some((other, at) => at !== index && other.split(/[/\\]/).slice(-count).join("/") === end)) return end;
    }
    return path;
  });
}
