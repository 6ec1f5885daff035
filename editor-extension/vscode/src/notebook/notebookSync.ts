/**
 * Synchronizes one open notebook with the server's document for it.
 *
 * Owns the document's text and version, and the mapping between its cells and the notebook's cells. The
 * document is the notebook as a script. Only the server opens it.
 */
import * as vscode from "vscode";
import { authorOf, CellStore, type ShownCell } from "../../../panel/src/cellStore";
import type { Client } from "../client";
import type { CellsChangedParams, NotebookPosition, Output } from "../protocol.gen";
import { toProtocolCell, fromCell } from "./cellConversion";
import type { CellRemarks } from "./cellMarks";
import { ClearDetector } from "./clearedOutputs";
import { Executions } from "./executions";
import { findOriginal } from "./originalFiles";
import { emptyFile } from "./serializer";
import { FILE_NAMES, type NotebookMetadata, SCRIPT_TYPE, URI_PREFIX } from "./notebookTypes";

/** Larger outputs are not fetched automatically, in characters of their encoding. */
const FETCH_LIMIT = 32 * 1024 * 1024;

/** Delay after the last edit before the text is sent, in milliseconds. */
const SYNC_DELAY = 150;

export class NotebookSync implements vscode.Disposable {
  readonly uri: string;
  readonly store = new CellStore();
  readonly executions: Executions;
  private text: string | undefined;
  private version = 0;
  private places: { cell: vscode.NotebookCell; place: NotebookPosition | null }[] = [];
  private readonly clearDetector = new ClearDetector();
  private readonly cells = new Map<string, vscode.NotebookCell>();
  /** Outputs whose large parts were requested, with the complete output once it has arrived. */
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

  /** The text of the server's document: the notebook as a script. */
  get script(): string {
    return this.text ?? "";
  }

  /** Schedule the synchronization after an edit of the notebook. */
  noteEdit(removed: readonly vscode.NotebookCell[]): void {
    this.outdated = true;
    this.executions.forgetCells(removed);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), SYNC_DELAY);
  }

  /** Process an event of the notebook's cells. Return the runs whose outputs the user has cleared. */
  takeCleared(changes: readonly vscode.NotebookDocumentCellChange[]): string[] {
    const cells = this.clearDetector.detect(changes, (cell) => this.executions.isSettled(cell));
    const emptied = changes.filter(({ outputs }) => outputs?.length === 0).map(({ cell }) => cell);
    if (emptied.length > 0) {
      // The next event shows if the user cleared them. Otherwise they are shown again.
      void pendingEvents().then(() => {
        this.executions.restore(emptied);
      });
    }
    return cells.flatMap((cell) => this.executions.takeCleared(cell) ?? []);
  }

  /** Send the document again, to a restarted server. */
  async resend(): Promise<void> {
    this.text = undefined;
    this.outdated = true;
    await this.flush();
  }

  /** Send the current state of the notebook to the server. */
  async flush(): Promise<void> {
    // One after another, so that the versions are sent in order.
    this.syncing = this.syncing.then(() => this.sync());
    await this.syncing;
  }

  /** Return the line of the document at which the source of a cell starts. */
  lineOf(cell: vscode.NotebookCell): number | undefined {
    return this.places.find((entry) => entry.cell === cell)?.place?.line;
  }

  /** Return the cell that contains a line of the document, and the line within the cell. */
  cellAt(line: number): { cell: vscode.NotebookCell; line: number } | undefined {
    const found = this.places.filter(({ place }) => place !== null && place.line <= line).at(-1);
    return found?.place ? { cell: found.cell, line: line - found.place.line } : undefined;
  }

  /** Return the argument of a command for a cell. */
  argument(cell: vscode.NotebookCell): { uri: string; position: { line: number; character: number } } | undefined {
    const line = this.lineOf(cell);
    return line === undefined ? undefined : { uri: this.uri, position: { line, character: 0 } };
  }

  /** Return the agent that requested the last run of a cell, and the words about its result. */
  remarksOn(cell: vscode.NotebookCell): CellRemarks {
    const shown = [...this.cells].filter(([, known]) => known === cell).map(([id]) => this.store.get(id));
    const run = shown.find((state) => state?.run !== undefined);
    const ended = shown.find((state) => state?.run?.endedAt !== undefined);
    return { author: authorOf(run?.run), mark: ended?.mark ?? "" };
  }

  /** Apply a `cellsChanged` notification. */
  apply(params: CellsChangedParams): void {
    const changed = this.store.apply({ ...params, uri: this.uri });
    for (const id of params.removed ?? []) {
      this.cells.delete(id);
    }
    for (const { id, index } of params.cells) {
      const here = this.places.find(({ place }) => place?.index === index);
      // Places are valid for one version of the text. A cell keeps its id in all versions.
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

  /** Draw the cells with these ids, or all cells. */
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

  /** Return a cell with the large outputs that were fetched, and fetch the missing ones. */
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
      this.log.warn(`Could not fetch a large output: ${String(error)}`);
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
      this.places = cells.map((cell, at) => ({ cell, place: found.positions[at] ?? null }));
      await this.sendText(found.text);
      await this.matchCells();
    } catch (error) {
      this.outdated = true;
      this.log.warn(`Could not send ${this.notebook.uri.fsPath} to the server: ${String(error)}`);
    }
  }

  private params(cells: readonly vscode.NotebookCell[]) {
    const type = this.notebook.notebookType;
    const { original, metadata } = this.notebook.metadata as NotebookMetadata;
    // Of an .ipynb file only the metadata are needed, without its outputs.
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

  /** Match the server's cells to the notebook's. The result replaces the whole state. */
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

/** Return true if an output has omitted parts that are to be fetched. */
function isPartial(output: Output): boolean {
  if (output.kind === "stream" || output.kind === "error") {
    return false;
  }
  const sizes = Object.values(output.omitted ?? {});
  return sizes.length > 0 && sizes.reduce((sum, size) => sum + size, 0) <= FETCH_LIMIT;
}

/** Wait until all events have arrived that VS Code sent to the extension before. */
async function pendingEvents(): Promise<void> {
  // Messages keep their order, so the response arrives after the events.
  await vscode.commands.executeCommand("setContext", "cellbridge.arrived", true);
}
