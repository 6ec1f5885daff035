/**
 * The agents of each open document's session, as the server reports them.
 *
 * Owns these states. It draws nothing.
 */
import * as vscode from "vscode";
import type { Client } from "../client";
import { isOurs, URI_PREFIX } from "../notebook/notebookTypes";
import type { Agents } from "../protocol.gen";

const NONE: Agents = {};

/** The states of all open documents: scripts, and notebooks in the notebook editor. */
export class AgentStates implements vscode.Disposable {
  private readonly states = new Map<string, Agents>();
  private readonly emitter = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[];

  /** An agent came, left or asks, or the runs or the permission of agents changed. */
  readonly onDidChange = this.emitter.event;

  constructor(client: Client) {
    client.onNotification("cellbridge/agentsChanged", ({ uri, agents }) => {
      this.states.set(key(uri), agents);
      this.emitter.fire();
    });
    this.disposables = [
      this.emitter,
      client.onDidChangeState((state) => {
        if (state !== "running" && this.states.size > 0) {
          // The next server sends the states again.
          this.states.clear();
          this.emitter.fire();
        }
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.states.delete(uri.toString())),
      vscode.workspace.onDidCloseNotebookDocument(({ uri }) => this.states.delete(key(URI_PREFIX + uri.toString()))),
    ];
  }

  /** Return the agents of the document in the active editor. */
  get active(): Agents {
    const uri = activeDocument();
    return (uri === undefined ? undefined : this.states.get(key(uri))) ?? NONE;
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }
}

/** Return the URI of the server's document in the active editor, which may be a notebook editor. */
export function activeDocument(): string | undefined {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook !== undefined) {
    return isOurs(notebook) ? URI_PREFIX + notebook.uri.toString() : undefined;
  }
  return vscode.window.activeTextEditor?.document.uri.toString();
}

function key(uri: string): string {
  return vscode.Uri.parse(uri).toString();
}
