/**
 * A box for the line of text that a running cell waits for, in a script or in a notebook.
 *
 * Owns asking each question once. A box that a person closes is not an answer: the cell waits on,
 * says so at its end, and asks again by a command.
 */
import * as vscode from "vscode";
import { reportErrors } from "../commands/activeEditor";
import { URI_PREFIX } from "../notebook/notebookTypes";
import type { InputArguments, Run } from "../protocol.gen";
import type { Services } from "../services";

/** A cell that may wait for input. */
export interface InputCell {
  id: string;
  title: string;
  run?: Run | undefined;
}

/** A cell that waits, in the document with this URI. */
interface OpenQuestion {
  uri: string;
  cell: InputCell;
  /** The question, by its run and its number in it. */
  question: string;
  box: vscode.CancellationTokenSource;
}

/** Asks what cells ask. */
export class InputBoxes implements vscode.Disposable {
  private readonly waiting = new Map<string, OpenQuestion>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly services: Services) {
    const { scripts } = services;
    this.disposables = [
      scripts.onDidChangeCells(({ script, changed }) => {
        for (const { cell } of changed) {
          this.update(script.uri.toString(), cell);
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

  /** Look at a cell of a document as it is now, and ask what it asks. */
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
      void this.showBox(uri, cell, box.token);
    }
  }

  /** A document is closed: nobody answers its cells from here. */
  documentClosed(uri: string): void {
    for (const [key, { uri: where, box }] of this.waiting) {
      if (where === uri) {
        box.cancel();
        this.waiting.delete(key);
      }
    }
  }

  private async showBox(uri: string, cell: InputCell, token: vscode.CancellationToken): Promise<void> {
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
      await this.sendAnswer({ uri, text });
    }
  }

  private async sendAnswer(argument: InputArguments): Promise<void> {
    const { client } = this.services;
    await reportErrors(this.services, () => client.executeCommand("cellbridge.answerInput", argument));
  }

  /** Ask once more what the document at hand waits for. */
  private askAgain(): void {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    const uri = notebook ? URI_PREFIX + notebook.uri.toString() : this.services.scripts.active?.uri.toString();
    const waiting = [...this.waiting.values()].find((one) => one.uri === uri);
    if (waiting === undefined) {
      void vscode.window.showInformationMessage("No cell of this file waits for input.");
      return;
    }
    waiting.box.cancel();
    waiting.box = new vscode.CancellationTokenSource();
    void this.showBox(waiting.uri, waiting.cell, waiting.box.token);
  }
}
