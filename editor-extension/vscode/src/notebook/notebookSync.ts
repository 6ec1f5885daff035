/**
 * One open notebook and the document in which its cells run.
 *
 * Owns keeping that document in step with the notebook, and which of its cells is which of the
 * notebook's. The document is the text of the script that the cells are; only the server sees it.
 */
import * as vscode from "vscode";
import { CellStore, type ShownCell } from "../../../panel/src/cellStore";
import type { Client } from "../client";
import type { CellsChangedParams, NotebookPlace, Output } from "../protocol.gen";
import { toProtocolCell, fromCell } from "./cellConversion";
import { ClearDetector } from "./clearedOutputs";
import { Executions } from "./executions";
import { findOriginal } from "./originalFiles";
import { emptyFile } from "./serializer";
import { FILE_NAMES, type NotebookMetadata, SCRIPT_TYPE, URI_PREFIX } from "./notebookTypes";

/** Larger outputs are not fetched unasked, in characters as they are sent. */
const FETCH_LIMIT = 32 * 1024 * 1024;

/** A pause in typing after which the server receives the text, in milliseconds. */
const SYNC_DELAY = 150;

export class NotebookSync implements vscode.Disposable {
  readonly uri: string;
  readonly store = new CellStore();
  readonly executions: Executions;
  private text: string | undefined;
  private version = 0;
  private places: { cell: vscode.NotebookCell; place: NotebookPlace | null }[] = [];
  private readonly clearDetector = new ClearDetector();
  private readonly cells = new Map<string, vscode.NotebookCell>();
  /** Outputs whose large parts were asked for, and the same with them once they have come. */
  private readonly fetched = new WeakMap<Output, Output>();
  private timer: NodeJS.Timeout | undefined;
  private syncing: Promise<void> = Promise.resolve();
  private outdated = true;
  private closed = false;

  constructor(
    readonly notebook: vscode.NotebookDocument,
    private readonly client: Client,
    controller: vscode.NotebookController,
    private readonly log: vscode.LogOutputChannel,
    private readonly onDrawn: (sync: NotebookSync) => void,
  ) {
    this.uri = URI_PREFIX + notebook.uri.toString();
    this.store.uri = this.uri;
    this.executions = new Executions(controller, log, () => {
      this.draw();
    });
  }

  /** The notebook was edited. */
  noteEdit(removed: readonly vscode.NotebookCell[]): void {
    this.outdated = true;
    this.executions.forgetCells(removed);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), SYNC_DELAY);
  }

  /** Take an event of the notebook's cells; return the runs whose outputs the user has cleared. */
  takeCleared(changes: readonly vscode.NotebookDocumentCellChange[]): string[] {
    const cells = this.clearDetector.detect(changes, (cell) => this.executions.isSettled(cell));
    const emptied = changes.filter(({ outputs }) => outputs?.length === 0).map(({ cell }) => cell);
    if (emptied.length > 0) {
      // The user's clearing is known by the next event; all else is to be shown again.
      void pendingEvents().then(() => {
        this.executions.restore(emptied);
      });
    }
    return cells.flatMap((cell) => this.executions.takeCleared(cell) ?? []);
  }

  /** The server is another one, which knows nothing of the document. */
  async resend(): Promise<void> {
    this.text = undefined;
    this.outdated = true;
    await this.flush();
  }

  /** Have the server know the notebook as it stands. */
  async flush(): Promise<void> {
    // One after another, so that the server's versions follow one another.
    this.syncing = this.syncing.then(() => this.sync());
    await this.syncing;
  }

  /** Return where the first line of a cell's source stands in the document. */
  lineOf(cell: vscode.NotebookCell): number | undefined {
    return this.places.find((entry) => entry.cell === cell)?.place?.line;
  }

  /** Return the cell that holds a line of the document, and which line of it that is. */
  cellAt(line: number): { cell: vscode.NotebookCell; line: number } | undefined {
    const found = this.places.filter(({ place }) => place !== null && place.line <= line).at(-1);
    return found?.place ? { cell: found.cell, line: line - found.place.line } : undefined;
  }

  /** Return the argument of a command about a cell. */
  argument(cell: vscode.NotebookCell): { uri: string; position: { line: number; character: number } } | undefined {
    const line = this.lineOf(cell);
    return line === undefined ? undefined : { uri: this.uri, position: { line, character: 0 } };
  }

  /** Take the server's news. */
  apply(params: CellsChangedParams): void {
    const changed = this.store.apply({ ...params, uri: this.uri });
    for (const id of params.removed ?? []) {
      this.cells.delete(id);
    }
    for (const { id, index } of params.cells) {
      const here = this.places.find(({ place }) => place?.index === index);
      // Places are those of one version of the text; a cell keeps its id through all of them.
      if (params.version === this.version && here !== undefined) {
        this.cells.set(id, here.cell);
      }
    }
    this.draw(changed);
  }

  dispose(): void {
    this.closed = true;
    clearTimeout(this.timer);
    if (this.text !== undefined && this.client.state === "running") {
      void this.client.notify("textDocument/didClose", { textDocument: { uri: this.uri } });
    }
  }

  /** Draw what is known of cells, of all of them without `ids`. */
  draw(ids?: Iterable<string>): void {
    for (const id of ids ?? this.cells.keys()) {
      const cell = this.cells.get(id);
      const state = this.store.get(id);
      if (cell !== undefined && state !== undefined && cell.index >= 0) {
        this.executions.update(cell, this.withFetched(state));
      }
    }
    this.onDrawn(this);
  }

  /** Return a cell with what was too large to come unasked, as far as it has come since. */
  private withFetched(state: ShownCell): ShownCell {
    const run = state.run?.id;
    if (run === undefined || !state.outputs.some(isPartial)) {
      return state;
    }
    const outputs = state.outputs.map((output, at) => {
      const known = this.fetched.get(output);
      if (known === undefined && isPartial(output)) {
        this.fetched.set(output, output);
        void this.fetch(output, run, at);
      }
      return known ?? output;
    });
    return { ...state, outputs };
  }

  private async fetch(partial: Output, run: string, output: number): Promise<void> {
    try {
      const { outputs } = await this.client.request("cellbridge/outputs", { uri: this.uri, run, output });
      if (outputs[0] !== undefined && !this.closed) {
        this.fetched.set(partial, outputs[0]);
        this.draw();
      }
    } catch (error) {
      this.log.warn(`A large output could not be had: ${String(error)}`);
    }
  }

  private async sync(): Promise<void> {
    if (!this.outdated || this.closed) {
      return;
    }
    this.outdated = false;
    const cells = this.notebook.getCells();
    try {
      const found = await this.client.request("cellbridge/notebookText", this.params(cells));
      this.places = cells.map((cell, at) => ({ cell, place: found.places[at] ?? null }));
      await this.sendText(found.text);
      await this.matchCells();
    } catch (error) {
      this.outdated = true;
      this.log.warn(`${this.notebook.uri.fsPath} could not be sent to the server: ${String(error)}`);
    }
  }

  private params(cells: readonly vscode.NotebookCell[]) {
    const type = this.notebook.notebookType;
    const { original, metadata } = this.notebook.metadata as NotebookMetadata;
    // Of a notebook file only its metadata matter here, not all of its outputs.
    const bytes = type === SCRIPT_TYPE ? findOriginal(original) : undefined;
    return {
      name: FILE_NAMES[type] ?? "",
      content: bytes ?? emptyFile(type, metadata ?? {}),
      cells: cells.map((cell) => toProtocolCell(fromCell(cell), false)),
    };
  }

  private async sendText(text: string): Promise<void> {
    if (text === this.text) {
      return;
    }
    this.version += 1;
    const { version, uri } = this;
    if (this.text === undefined) {
      const { language } = this.notebook.metadata as NotebookMetadata;
      const textDocument = { uri, version, languageId: language ?? "python", text };
      await this.client.notify("textDocument/didOpen", { textDocument });
    } else {
      const textDocument = { uri, version };
      await this.client.notify("textDocument/didChange", { textDocument, contentChanges: [{ text }] });
    }
    this.text = text;
  }

  /** Learn which cell is which. The answer counts as sent, so it is taken in as a whole. */
  private async matchCells(): Promise<void> {
    const result = await this.client.request("cellbridge/cells", { uri: this.uri });
    this.store.load({ ...result, uri: this.uri });
    if (result.version !== this.version) {
      return;
    }
    this.cells.clear();
    for (const { id, index } of result.cells) {
      const here = this.places.find(({ place }) => place?.index === index);
      if (here !== undefined) {
        this.cells.set(id, here.cell);
      }
    }
    this.draw();
  }
}

/** Whether parts of an output are left out that are to be fetched. */
function isPartial(output: Output): boolean {
  if (output.kind === "stream" || output.kind === "error") {
    return false;
  }
  const sizes = Object.values(output.omitted ?? {});
  return sizes.length > 0 && sizes.reduce((sum, size) => sum + size, 0) <= FETCH_LIMIT;
}

/** Return once everything has come that VS Code had sent to the extension before. */
async function pendingEvents(): Promise<void> {
  // Messages keep their order: the answer comes after the events.
  await vscode.commands.executeCommand("setContext", "cellbridge.arrived", true);
}
