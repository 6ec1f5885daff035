/**
 * The status bar item for the kernel of the active script.
 *
 * Owns the item and its menu. It also shows whether the server is running.
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
  unresponsive: "not responding",
};

/** Draws the item after each change. */
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
      const waiting = script.cells.drawn.filter((cell) => cell.run?.state === "queued").length;
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
      ? "The Cellbridge server is starting."
      : "The Cellbridge server is not running. Click to install or restart it.";
  }

  private async showMenu(): Promise<void> {
    const running = this.services.client.state === "running";
    const entry = (label: string, command: string, detail = "") => ({ label, command, detail });
    const entries = running
      ? [
          entry("$(server-environment) Select Kernel…", "cellbridge.selectKernel"),
          entry("$(debug-stop) Interrupt Kernel", "cellbridge.interrupt"),
          entry("$(debug-restart) Restart Kernel…", "cellbridge.restart"),
          entry("$(run-all) Restart Kernel and Run All Cells", "cellbridge.restartAndRunAll"),
          entry("$(circle-slash) Shut Down Kernel", "cellbridge.shutdown", "Outputs are kept."),
          entry("$(clear-all) Clear All Outputs", "cellbridge.clearOutputs"),
        ]
      : [
          entry("$(cloud-download) Install Server…", "cellbridge.installServer"),
          entry("$(folder) Select Server Interpreter…", "cellbridge.chooseInterpreter"),
        ];
    entries.push(
      entry("$(refresh) Restart Server", "cellbridge.restartServer", "Kernels keep running."),
      entry("$(output) Show Log", "cellbridge.showLog"),
    );
    const kernel = this.services.scripts.active?.cells.kernel;
    if (running && kernel?.state === "unresponsive") {
      const detail = "Kills the session and its kernel. Outputs are kept.";
      entries.unshift(entry("$(warning) Force Stop", "cellbridge.forceStopSession", detail));
    }
    const title = kernel?.message ?? "";
    const picked = await vscode.window.showQuickPick(entries, {
      title: title === "" ? "Kernel" : title,
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
    made.appendText(" It starts when you run a cell.");
  }
  if (kernel.message) {
    made.appendMarkdown("\n\n").appendText(kernel.message);
  }
  return made;
}
