/**
 * The commands that edit cells and go from one to another.
 *
 * Owns their registration; the edits themselves are the server's.
 */
import * as vscode from "vscode";
import type { Services } from "../services";
import { attempt, goTo, here } from "./here";
import { edit } from "./run";

/** Our commands, and what each asks of the server's `cellbridge.editCell`. */
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
export function registerCells(services: Services): vscode.Disposable[] {
  const edits = Object.entries(EDITS).map(([command, what]) =>
    vscode.commands.registerCommand(command, () => attempt(services, () => edit(services, what))),
  );
  const moves = (["cellbridge.nextCell", "cellbridge.previousCell"] as const).map((command) =>
    vscode.commands.registerCommand(command, () =>
      attempt(services, async () => {
        const at = here();
        if (at) {
          const argument = { uri: at.uri, position: at.position };
          const result = await services.client.command(command, argument);
          goTo(at.editor, result.position);
        }
      }),
    ),
  );
  return [
    ...edits,
    ...moves,
    vscode.commands.registerCommand("cellbridge.selectCell", () => {
      select(services, "all");
    }),
    vscode.commands.registerCommand("cellbridge.selectCellContents", () => {
      select(services, "contents");
    }),
  ];
}

/** Select a cell's lines: all of them, or those below its marker. */
function select(services: Services, what: "all" | "contents"): void {
  const at = here();
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
