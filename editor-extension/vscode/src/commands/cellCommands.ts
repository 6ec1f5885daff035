/**
 * The commands that edit cells, select them, and move between them.
 *
 * Owns their registration. The server makes the edits.
 */
import * as vscode from "vscode";
import type { Services } from "../services";
import { reportErrors, moveCursor, activeLocation } from "./activeEditor";
import { editCell } from "./runCommands";

/** The editing commands, each with its `edit` argument for the server's `cellbridge.editCell`. */
const EDITS = {
  "cellbridge.insertCellAbove": "insertAbove",
  "cellbridge.insertCellBelow": "insertBelow",
  "cellbridge.insertMarkdownCellAbove": "insertMarkdownAbove",
  "cellbridge.insertMarkdownCellBelow": "insertMarkdownBelow",
  "cellbridge.splitCell": "split",
  "cellbridge.mergeCellAbove": "mergeAbove",
  "cellbridge.mergeCellBelow": "mergeBelow",
  "cellbridge.moveCellUp": "moveUp",
  "cellbridge.moveCellDown": "moveDown",
  "cellbridge.duplicateCell": "duplicate",
  "cellbridge.deleteCell": "delete",
  "cellbridge.changeCellToCode": "toCode",
  "cellbridge.changeCellToMarkdown": "toMarkdown",
  "cellbridge.changeCellToRaw": "toRaw",
} as const;

/** Register the commands. */
export function registerCellCommands(services: Services): vscode.Disposable[] {
  const edits = Object.entries(EDITS).map(([command, what]) =>
    vscode.commands.registerCommand(command, () => reportErrors(services, () => editCell(services, what))),
  );
  const moves = (["cellbridge.nextCell", "cellbridge.previousCell"] as const).map((command) =>
    vscode.commands.registerCommand(command, () =>
      reportErrors(services, async () => {
        const at = activeLocation();
        if (at) {
          const argument = { uri: at.uri, position: at.position };
          const result = await services.client.executeCommand(command, argument);
          moveCursor(at.editor, result.position);
        }
      }),
    ),
  );
  return [
    ...edits,
    ...moves,
    vscode.commands.registerCommand("cellbridge.selectCell", () => {
      selectCell(services, "all");
    }),
    vscode.commands.registerCommand("cellbridge.selectCellContents", () => {
      selectCell(services, "contents");
    }),
    vscode.commands.registerCommand("cellbridge.extendSelectionAbove", () => {
      extendSelection(services, "above");
    }),
    vscode.commands.registerCommand("cellbridge.extendSelectionBelow", () => {
      extendSelection(services, "below");
    }),
  ];
}

/** Select the lines of a cell: all of them, or those below its marker. */
function selectCell(services: Services, what: "all" | "contents"): void {
  const at = activeLocation();
  const script = at && services.scripts.of(at.editor.document.uri);
  const cell = script?.cells.at(at?.position.line ?? 0);
  if (!at || !script || !cell) {
    return;
  }
  const document = at.editor.document;
  const stop = (script.cells.after(cell)?.first ?? document.lineCount) - 1;
  const last = what === "all" ? stop : Math.min(cell.last, stop);
  const first = what === "all" ? cell.first : Math.min(cell.first + 1, last);
  const end = document.lineAt(Math.max(first, last)).range.end;
  at.editor.selection = new vscode.Selection(new vscode.Position(first, 0), end);
}

/** Select the current cell, or extend a selection of whole cells by one. */
function extendSelection(services: Services, way: "above" | "below"): void {
  const editor = activeLocation()?.editor;
  const cells = editor && services.scripts.of(editor.document.uri)?.cells.ordered;
  if (!editor || !cells || cells.length === 0) {
    return;
  }
  const { document, selection } = editor;
  const cellAt = (line: number) => Math.max(0, cells.findLastIndex(({ first }) => first <= line));
  const starts = (cell: number) => new vscode.Position(cells[cell]?.first ?? 0, 0);
  const ends = (cell: number) =>
    document.lineAt((cells[cell + 1]?.first ?? document.lineCount) - 1).range.end;
  const anchor = cellAt(selection.anchor.line);
  const active = cellAt(selection.active.line);
  const whole =
    selection.start.isEqual(starts(Math.min(anchor, active))) &&
    selection.end.isEqual(ends(Math.max(anchor, active)));
  const step = whole ? (way === "above" ? -1 : 1) : 0;
  const goal = Math.min(Math.max(active + step, 0), cells.length - 1);
  // The anchor stays in its cell, at the end opposite to the direction of the selection.
  editor.selection =
    goal < anchor || (goal === anchor && way === "above")
      ? new vscode.Selection(ends(anchor), starts(goal))
      : new vscode.Selection(starts(anchor), ends(goal));
  editor.revealRange(new vscode.Range(editor.selection.active, editor.selection.active));
}
