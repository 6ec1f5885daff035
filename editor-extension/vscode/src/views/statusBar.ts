/**
 * The kernel of the script at hand, in the status bar.
 *
 * Owns that item and the menu behind it. It is also the mark by which one sees that the server runs.
 */
import * as vscode from "vscode";
import type { Kernel } from "../protocol.gen";
import type { Services } from "../services";
import { isScript } from "../client";

const ICONS: Record<Kernel["state"], string> = {
  absent: "$(circle-outline)",
  starting: "$(loading~spin)",
  idle: "$(circle-filled)",
  busy: "$(sync~spin)",
  restarting: "$(loading~spin)",
  stopped: "$(circle-slash)",
  dead: "$(error)",
  unresponsive: "$(warning)",
};

const STATE_LABELS: Record<Kernel["state"], string> = {
  absent: "not started",
  starting: "starting",
  idle: "idle",
  busy: "busy",
  restarting: "restarting",
  stopped: "stopped",
  dead: "dead",
  unresponsive: "not answering",
};

/** Shows and keeps showing the item. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "cellbridge.kernel",
    vscode.StatusBarAlignment.Right,
    95,
  );
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly services: Services) {
    this.item.name = "Cellbridge Kernel";
    const draw = () => {
      this.draw();
    };
    this.disposables = [
      this.item,
      services.scripts.onDidChangeKernel(draw),
      services.scripts.onDidChangeCells(draw),
      services.client.onDidChangeState(draw),
      vscode.window.onDidChangeActiveTextEditor(draw),
      vscode.commands.registerCommand("cellbridge.kernelMenu", () => this.showMenu()),
    ];
    this.draw();
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private draw(): void {
    const editor = vscode.window.activeTextEditor;
    if (!editor || !isScript(editor.document)) {
      this.item.hide();
      return;
    }
    const script = this.services.scripts.of(editor.document.uri);
    const kernel = script?.cells.kernel;
    this.item.backgroundColor = undefined;
    this.item.command = "cellbridge.kernelMenu";
    if (this.services.client.state !== "running" || !kernel) {
      this.drawWithoutServer();
    } else {
      const waiting = script.cells.ordered.filter((cell) => cell.run?.state === "queued").length;
      const queue = waiting ? `, ${waiting} queued` : "";
      const name = kernel.name ?? "Cellbridge";
      this.item.text = `${ICONS[kernel.state]} ${name}: ${STATE_LABELS[kernel.state]}${queue}`;
      this.item.tooltip = tooltip(kernel);
      if (kernel.state === "dead") {
        this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.errorBackground");
      } else if (kernel.state === "unresponsive") {
        this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
      }
    }
    this.item.show();
  }

  private drawWithoutServer(): void {
    const starting = this.services.client.state === "starting";
    this.item.text = starting ? "$(loading~spin) Cellbridge" : "$(warning) Cellbridge: no server";
    this.item.tooltip = starting
      ? "The cellbridge server is starting."
      : "The cellbridge server is not running. Click for what can be done.";
  }

  private async showMenu(): Promise<void> {
    const running = this.services.client.state === "running";
    const entry = (label: string, command: string, detail = "") => ({ label, command, detail });
    const entries = running
      ? [
          entry("$(server-environment) Select kernel…", "cellbridge.selectKernel"),
          entry("$(debug-stop) Interrupt", "cellbridge.interrupt"),
          entry("$(debug-restart) Restart", "cellbridge.restart"),
          entry("$(run-all) Restart and run all cells", "cellbridge.restartAndRunAll"),
          entry("$(circle-slash) Shut down", "cellbridge.shutdown", "Its outputs stay."),
          entry("$(clear-all) Clear all outputs", "cellbridge.clearOutputs"),
        ]
      : [
          entry("$(cloud-download) Install the server…", "cellbridge.installServer"),
          entry("$(folder) Choose an interpreter…", "cellbridge.chooseInterpreter"),
        ];
    entries.push(
      entry("$(refresh) Restart the server", "cellbridge.restartServer", "Kernels live on."),
      entry("$(output) Show the log", "cellbridge.showLog"),
    );
    const kernel = this.services.scripts.active?.cells.kernel;
    if (running && kernel?.state === "unresponsive") {
      const detail = "Kills the session and its kernel. The outputs stay.";
      entries.unshift(entry("$(warning) Stop It Anyway", "cellbridge.stopSessionAnyway", detail));
    }
    const title = kernel?.message ?? "";
    const picked = await vscode.window.showQuickPick(entries, {
      title: title === "" ? "Kernel of this script" : title,
    });
    if (picked) {
      await vscode.commands.executeCommand(picked.command);
    }
  }
}

function tooltip(kernel: Kernel): vscode.MarkdownString {
  const made = new vscode.MarkdownString();
  made.appendText(`Kernel ${kernel.name ?? ""} is ${STATE_LABELS[kernel.state]}.`);
  if (kernel.state === "absent") {
    made.appendText(" It starts with the first cell that runs.");
  }
  if (kernel.message) {
    made.appendMarkdown("\n\n").appendText(kernel.message);
  }
  return made;
}
