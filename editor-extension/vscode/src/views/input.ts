/**
 * A box for the line of text that a running cell waits for.
 *
 * Owns asking each question once. A box that a person closes is not an answer: the cell waits on,
 * says so at its end, and asks again by a command.
 */
import * as vscode from "vscode";
import { attempt } from "../commands/here";
import type { InputArguments } from "../protocol.gen";
import type { KnownCell } from "../scripts/cells";
import type { Script } from "../scripts/scripts";
import type { Services } from "../services";

/** Asks what cells ask. */
export class Inputs implements vscode.Disposable {
  private readonly asked = new Map<string, vscode.CancellationTokenSource>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly services: Services) {
    this.disposables = [
      services.scripts.onDidChangeCells(({ script, changed }) => {
        for (const { cell } of changed) {
          this.look(script, cell);
        }
      }),
      vscode.commands.registerCommand("cellbridge.answerInput", (given?: InputArguments) => {
        if (typeof given?.text === "string") {
          void this.answer(given);
        } else {
          this.again();
        }
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
    this.asked.forEach((source) => {
      source.cancel();
    });
  }

  private look(script: Script, cell: KnownCell): void {
    const id = `${script.uri.toString()}#${cell.id}`;
    const question = cell.run?.waiting;
    const name = question && `${cell.run?.id ?? ""}/${question.number ?? 1}`;
    for (const [known, source] of this.asked) {
      if (known.startsWith(`${id}#`) && known !== `${id}#${name ?? ""}`) {
        source.cancel(); // answered elsewhere, or interrupted
        this.asked.delete(known);
      }
    }
    if (name && !this.asked.has(`${id}#${name}`)) {
      const source = new vscode.CancellationTokenSource();
      this.asked.set(`${id}#${name}`, source);
      void this.ask(script, cell, source.token);
    }
  }

  private async ask(
    script: Script,
    cell: KnownCell,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const question = cell.run?.waiting;
    const title = cell.title === "" ? "A cell waits for input" : `“${cell.title}” waits for input`;
    const options = {
      title,
      prompt: question?.prompt.trim() === "" ? "input()" : question?.prompt,
      password: question?.password ?? false,
      ignoreFocusOut: true,
    };
    const text = await vscode.window.showInputBox(options, token);
    if (text !== undefined && !token.isCancellationRequested) {
      await this.answer({ uri: script.uri.toString(), text });
    }
  }

  private async answer(argument: InputArguments): Promise<void> {
    const { client } = this.services;
    await attempt(this.services, () => client.command("cellbridge.answerInput", argument));
  }

  /** Ask once more what the active script waits for. */
  private again(): void {
    const script = this.services.scripts.active;
    const cell = script?.cells.ordered.find((one) => one.run?.waiting !== undefined);
    if (script && cell) {
      this.look(script, { ...cell, run: undefined });
      this.look(script, cell);
    } else {
      void vscode.window.showInformationMessage("No cell of this script waits for input.");
    }
  }
}
