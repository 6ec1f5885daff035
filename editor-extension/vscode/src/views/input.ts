/**
 * A box for the line of text that a running cell waits for, in a script or in a notebook.
 *
 * Owns asking each question once. A box that a person closes is not an answer: the cell waits on,
 * says so at its end, and asks again by a command.
 */
import * as vscode from "vscode";
import { attempt } from "../commands/here";
import { VIEW } from "../notebook/types";
import type { InputArguments, Run } from "../protocol.gen";
import type { Services } from "../services";

/** A cell that may wait for input. */
export interface Asking {
  id: string;
  title: string;
  run?: Run | undefined;
}

/** A cell that waits, in the document with this URI. */
interface Waiting {
  uri: string;
  cell: Asking;
  /** The question, by its run and its number in it. */
  question: string;
  box: vscode.CancellationTokenSource;
}

/** Asks what cells ask. */
export class Inputs implements vscode.Disposable {
  private readonly waiting = new Map<string, Waiting>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly services: Services) {
    const { scripts } = services;
    this.disposables = [
      scripts.onDidChangeCells(({ script, changed }) => {
        for (const { cell } of changed) {
          this.look(script.uri.toString(), cell);
        }
      }),
      scripts.onDidClose((script) => {
        this.closed(script.uri.toString());
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
    this.waiting.forEach(({ box }) => {
      box.cancel();
    });
  }

  /** Look at a cell of a document as it is now, and ask what it asks. */
  look(uri: string, cell: Asking): void {
    const key = `${uri}#${cell.id}`;
    const asks = cell.run?.waiting;
    const question = asks && `${cell.run?.id ?? ""}/${asks.number ?? 1}`;
    const known = this.waiting.get(key);
    if (known?.question === question) {
      return;
    }
    known?.box.cancel(); // answered elsewhere, or interrupted
    this.waiting.delete(key);
    if (question !== undefined) {
      const box = new vscode.CancellationTokenSource();
      this.waiting.set(key, { uri, cell, question, box });
      void this.ask(uri, cell, box.token);
    }
  }

  /** A document is closed: nobody answers its cells from here. */
  closed(uri: string): void {
    for (const [key, { uri: where, box }] of this.waiting) {
      if (where === uri) {
        box.cancel();
        this.waiting.delete(key);
      }
    }
  }

  private async ask(uri: string, cell: Asking, token: vscode.CancellationToken): Promise<void> {
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
      await this.answer({ uri, text });
    }
  }

  private async answer(argument: InputArguments): Promise<void> {
    const { client } = this.services;
    await attempt(this.services, () => client.command("cellbridge.answerInput", argument));
  }

  /** Ask once more what the document at hand waits for. */
  private again(): void {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    const uri = notebook ? VIEW + notebook.uri.toString() : this.services.scripts.active?.uri.toString();
    const waiting = [...this.waiting.values()].find((one) => one.uri === uri);
    if (waiting === undefined) {
      void vscode.window.showInformationMessage("No cell of this file waits for input.");
      return;
    }
    waiting.box.cancel();
    waiting.box = new vscode.CancellationTokenSource();
    void this.ask(waiting.uri, waiting.cell, waiting.box.token);
  }
}
