/**
 * The status bar item for the agents of the active document's session.
 *
 * Owns the item and its menu. agentText.ts writes its text.
 */
import * as vscode from "vscode";
import type { Services } from "../services";
import { agentsLabel, describeAgents, hasAgentRuns, hasAgents } from "./agentText";

/** Draws the item after each change. It is hidden while no agent is allowed and none asks. */
export class AgentsItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("cellbridge.agents", vscode.StatusBarAlignment.Right, 94);
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly services: Services) {
    this.item.name = "Cellbridge Agents";
    this.item.command = "cellbridge.agentMenu";
    const draw = () => {
      this.draw();
    };
    this.disposables = [
      this.item,
      services.agents.onDidChange(draw),
      vscode.window.onDidChangeActiveTextEditor(draw),
      vscode.window.onDidChangeActiveNotebookEditor(draw),
      vscode.commands.registerCommand("cellbridge.agentMenu", () => this.showMenu()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private draw(): void {
    const agents = this.services.agents.active;
    if (!hasAgents(agents)) {
      this.item.hide();
      return;
    }
    const asks = (agents.asking ?? []).length > 0;
    this.item.text = agentsLabel(agents);
    this.item.tooltip = describeAgents(agents).join("\n");
    this.item.backgroundColor = asks ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.item.show();
  }

  private async showMenu(): Promise<void> {
    const agents = this.services.agents.active;
    const entry = (label: string, command: string, detail = "") => ({ label, command, detail });
    const entries = [
      ...(hasAgentRuns(agents)
        ? [entry("$(debug-stop) Cancel Agents' Runs", "cellbridge.cancelAgentRuns", "Your own runs continue.")]
        : []),
      agents.allowed === true
        ? entry("$(circle-slash) Forbid Agents", "cellbridge.forbidAgents", "Disconnects all agents from this session.")
        : entry("$(check) Allow Agents…", "cellbridge.allowAgents"),
      entry("$(output) Show Agent Log", "cellbridge.showAgentLog", "All calls of agents for this script."),
    ];
    const title = describeAgents(agents)[0] ?? "Agents";
    const picked = await vscode.window.showQuickPick(entries, { title });
    if (picked) {
      await vscode.commands.executeCommand(picked.command);
    }
  }
}
