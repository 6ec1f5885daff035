/**
 * Maps lines of an earlier version of a document to their current position.
 *
 * Owns the arithmetic of line edits. The server's positions are valid for one version of a document, and
 * the user may have edited it since. It must not import VS Code.
 */

/** One edit: below `line`, `removed` lines were replaced by `added` lines. */
export interface LineEdit {
  line: number;
  /** The edit starts at the start of its line, so that an insertion moves the line itself. */
  atStart: boolean;
  removed: number;
  added: number;
}

/** Maximum number of edits kept. The server responds long before this limit. */
const EDIT_LIMIT = 500;

/** The latest edits of one document, each with the version after it. */
export class LineEdits {
  private readonly edits: { version: number; edit: LineEdit }[] = [];

  /** Record the edits that led to a version. */
  record(version: number, edits: readonly LineEdit[]): void {
    for (const edit of edits) {
      if (edit.removed !== 0 || edit.added !== 0) {
        this.edits.push({ version, edit });
      }
    }
    this.edits.splice(0, Math.max(0, this.edits.length - EDIT_LIMIT));
  }

  /** Return the current position of a line of a version. */
  currentLine(line: number, version: number): number {
    return this.edits
      .filter((one) => one.version > version)
      .reduce((at, one) => moveLine(at, one.edit), line);
  }
}

/** Return the position of a line after an edit. */
export function moveLine(line: number, edit: LineEdit): number {
  if (line < edit.line || (line === edit.line && !(edit.atStart && edit.removed === 0))) {
    return line;
  }
  if (line <= edit.line + edit.removed) {
    // The line was replaced. The last replaced line stays next to the text after it.
    return line === edit.line + edit.removed ? line - edit.removed + edit.added : edit.line;
  }
  return line - edit.removed + edit.added;
}
