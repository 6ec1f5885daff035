/**
 * The tree view of all sessions on this machine.
 *
 * Owns the view. Opening the script of a session attaches this editor to the session.
 */
import * as vscode from "vscode";
import { agentName } from "../agents/agentText";
import { reportErrors } from "../commands/activeEditor";
import { formatBytes, formatDuration } from "../outputs/outputText";
import type { Session } from "../protocol.gen";
import type { Services } from "../services";

/** Time between two refreshes of the visible view, in milliseconds: other sessions end without an event. */
const REFRESH_INTERVAL = 5000;

const ICONS: Record<string, string> = {
  busy: "sync~spin",
  dead: "error",
  idle: "circle-filled",
  orphaned: "debug-disconnect",
  starting: "loading~spin",
  unresponsive: "warning",
};

/** The view with its commands. */
export class SessionsView implements vscode.TreeDataProvider<Session>, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<Session>;
  private readonly disposables: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.emitter.event;

  constructor(private readonly services: Services) {
    this.view = vscode.window.createTreeView("cellbridge.sessions", { treeDataProvider: this });
    const refresh = () => {
      this.emitter.fire(undefined);
    };
    this.disposables = [
      this.view,
      this.emitter,
      services.client.onDidChangeState(refresh),
      services.scripts.onDidChangeKernel(refresh),
      this.view.onDidChangeVisibility(refresh),
      vscode.commands.registerCommand("cellbridge.refreshSessions", refresh),
      vscode.commands.registerCommand("cellbridge.openSession", (session: Session) => openScript(session)),
      vscode.commands.registerCommand("cellbridge.stopSession", (session: Session) =>
        this.stop(session),
      ),
      new vscode.Disposable(() => {
        clearTimeout(this.timer);
      }),
    ];
  }

  getTreeItem(session: Session): vscode.TreeItem {
    const item = new vscode.TreeItem(session.name.split(/[\\/]/).at(-1) ?? session.name);
    item.id = session.uri || session.name;
    const memory = session.memory ? formatBytes(session.memory) : "";
    const agents = (session.agents ?? []).map(agentName).join(", ");
    item.description = [session.kernel, agents, describeState(session), memory].filter(Boolean).join(" · ");
    item.iconPath = new vscode.ThemeIcon(ICONS[session.state] ?? "circle-outline");
    item.tooltip = tooltip(session);
    item.contextValue = "session";
    if (session.uri) {
      item.command = { title: "Open", command: "cellbridge.openSession", arguments: [session] };
    }
    return item;
  }

  async getChildren(parent?: Session): Promise<Session[]> {
    clearTimeout(this.timer);
    if (parent || !this.view.visible || this.services.client.state !== "running") {
      return [];
    }
    this.timer = setTimeout(() => {
      this.emitter.fire(undefined);
    }, REFRESH_INTERVAL);
    try {
      const { sessions } = await this.services.client.request("cellbridge/sessions", {});
      this.view.message = sessions.length === 0 ? "No sessions are running on this machine." : undefined;
      return sessions;
    } catch (error) {
      this.view.message = error instanceof Error ? error.message : String(error);
      return [];
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private async stop(session: Session): Promise<void> {
    const unresponsive = session.state === "unresponsive";
    if (unresponsive) {
      const message = `The session of ${session.name} does not respond. Force Stop kills it and its kernel. Outputs are kept.`;
      const choice = "Force Stop";
      if ((await vscode.window.showWarningMessage(message, { modal: true }, choice)) !== choice) {
        return;
      }
    } else if (session.runningSince !== undefined) {
      const message = `A cell of ${session.name} is running. Stopping the session stops the cell.`;
      if ((await vscode.window.showWarningMessage(message, { modal: true }, "Stop")) !== "Stop") {
        return;
      }
    }
    await reportErrors(this.services, () =>
      this.services.client.executeCommand(unresponsive ? "cellbridge.forceStopSession" : "cellbridge.stopSession", {
        uri: session.uri,
      }),
    );
    this.emitter.fire(undefined);
  }
}

async function openScript(session: Session): Promise<void> {
  if (session.uri) {
    await vscode.window.showTextDocument(vscode.Uri.parse(session.uri));
  }
}

function describeState(session: Session): string {
  const since = session.runningSince;
  return since === undefined
    ? session.state
    : `${session.state} for ${formatDuration(Math.max(0, Date.now() / 1000 - since))}`;
}

/** Return the clients that are not agents. An agent in VS Code has the same name as VS Code itself. */
function clientsWithout(agents: readonly string[], clients: readonly string[]): string[] {
  const left = [...clients];
  for (const name of agents) {
    const at = left.indexOf(name);
    left.splice(at, at < 0 ? 0 : 1);
  }
  return left;
}

function tooltip(session: Session): vscode.MarkdownString {
  const made = new vscode.MarkdownString();
  made.appendText(session.name);
  const agents = session.agents ?? [];
  const others = clientsWithout(agents, session.clients ?? []);
  const facts = [
    `Kernel ${session.kernel}, ${describeState(session)}`,
    session.memory ? `${formatBytes(session.memory)} of memory` : "",
    `Used by ${others.length > 0 ? others.join(", ") : "no editor"}`,
    agents.length > 0 ? `Agents: ${agents.join(", ")}` : "",
    session.startedAt ? `Started ${new Date(session.startedAt * 1000).toLocaleString()}` : "",
  ];
  made.appendMarkdown("\n\n");
  for (const fact of facts.filter(Boolean)) {
    made.appendMarkdown("- ").appendText(`${fact}\n`);
  }
  return made;
}
