/**
 * Input boxes for cells that wait for `input()`, in scripts and notebooks.
 *
 * Owns that each question opens one box. Closing the box is not an answer: the cell continues to wait, and
 * a command opens the box again. A run of an agent opens none by itself: the box would take the keyboard
 * while the user types, and the text would become the answer.
 */
import * as vscode from "vscode";
import { authorOf } from "../../../panel/src/cellStore";
import { reportErrors } from "../commands/activeEditor";
import { URI_PREFIX } from "../notebook/notebookTypes";
import type { InputArguments, Run } from "../protocol.gen";
import type { Services } from "../services";

const RESPOND = "Respond";

/** A cell that may wait for input. */
export interface InputCell {
  id: string;
  title: string;
  run?: Run | undefined;
}

/** A question of a cell that waits, with its box. */
interface OpenQuestion {
  uri: string;
  cell: InputCell;
  /** Identifies the question: its run, and its number within the run. */
  question: string;
  box: vscode.CancellationTokenSource;
}

/** Opens the input boxes. */
export class InputBoxes implements vscode.Disposable {
  private readonly waiting = new Map<string, OpenQuestion>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly services: Services) {
    const { scripts } = services;
    this.disposables = [
      scripts.onDidChangeCells(({ script, changed }) => {
        for (const { cell } of changed) {
          [cell, ...cell.parts].forEach((one) => {
            this.update(script.uri.toString(), one);
          });
        }
      }),
      scripts.onDidClose((script) => {
        this.documentClosed(script.uri.toString());
      }),
      vscode.commands.registerCommand("cellbridge.answerInput", (given?: InputArguments) => {
        if (typeof given?.text === "string") {
          void this.sendAnswer(given);
        } else {
          this.askAgain();
        }
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
    this.waiting.forEach(({ box }) => {
      box.cancel();
    });
  }

  /** Open or close the box of a cell, after the cell changed. */
  update(uri: string, cell: InputCell): void {
    const key = `${uri}#${cell.id}`;
    const waiting = cell.run?.waiting;
    const question = waiting && `${cell.run?.id ?? ""}/${waiting.number ?? 1}`;
    const known = this.waiting.get(key);
    if (known?.question === question) {
      return;
    }
    known?.box.cancel(); // answered elsewhere, or interrupted
    this.waiting.delete(key);
    if (question !== undefined) {
      const box = new vscode.CancellationTokenSource();
      this.waiting.set(key, { uri, cell, question, box });
      void (authorOf(cell.run) === "" ? this.showBox(uri, cell, box.token) : this.offerBox(uri, cell, box.token));
    }
  }

  /** Close the boxes of a closed document. */
  documentClosed(uri: string): void {
    for (const [key, { uri: where, box }] of this.waiting) {
      if (where === uri) {
        box.cancel();
        this.waiting.delete(key);
      }
    }
  }

  /** Offer the box for a cell that an agent runs. The agent may also respond itself. */
  private async offerBox(uri: string, cell: InputCell, token: vscode.CancellationToken): Promise<void> {
    const message = `${describeWaiting(cell)}: ${cell.run?.waiting?.prompt ?? ""}`.replace(/:\s*$/, "");
    const answer = await vscode.window.showInformationMessage(`${message} (${authorOf(cell.run)})`, RESPOND);
    if (answer === RESPOND && !token.isCancellationRequested) {
      await this.showBox(uri, cell, token);
    }
  }

  private async showBox(uri: string, cell: InputCell, token: vscode.CancellationToken): Promise<void> {
    const question = cell.run?.waiting;
    const options = {
      title: describeWaiting(cell),
      prompt: question?.prompt.trim() === "" ? "input()" : question?.prompt,
      password: question?.password ?? false,
      ignoreFocusOut: true,
    };
    const text = await vscode.window.showInputBox(options, token);
    if (text !== undefined && !token.isCancellationRequested) {
      await this.sendAnswer({ uri, text });
    }
  }

  private async sendAnswer(argument: InputArguments): Promise<void> {
    const { client } = this.services;
    await reportErrors(this.services, () => client.executeCommand("cellbridge.answerInput", argument));
  }

  /** Open the box of the active document again. */
  private askAgain(): void {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    const uri = notebook ? URI_PREFIX + notebook.uri.toString() : this.services.scripts.active?.uri.toString();
    const waiting = [...this.waiting.values()].find((one) => one.uri === uri);
    if (waiting === undefined) {
      void vscode.window.showInformationMessage("No cell in this file is waiting for input.");
      return;
    }
    waiting.box.cancel();
    waiting.box = new vscode.CancellationTokenSource();
    void this.showBox(waiting.uri, waiting.cell, waiting.box.token);
  }
}

function describeWaiting(cell: InputCell): string {
  return cell.title === "" ? "A cell is waiting for input" : `“${cell.title}” is waiting for input`;
}
