/**
 * Where a line has gone since the server looked at it.
 *
 * Owns the arithmetic of edits by lines. What the server says of a document is true for one version
 * of it, and a person may have typed since. It must not know VS Code.
 */

/** One replacement of lines: `removed` of them below `line` are gone, `added` have come. */
export interface LineEdit {
  line: number;
  /** The edit began at the very start of its line, so that line itself moves with what came. */
  atStart: boolean;
  removed: number;
  added: number;
}

/** Edits that are kept; the server answers long before so many more have been made. */
const EDIT_LIMIT = 500;

/** The latest edits of one document, by the version that each made. */
export class LineEdits {
  private readonly edits: { version: number; edit: LineEdit }[] = [];

  /** Note what made a version of what was before. */
  record(version: number, edits: readonly LineEdit[]): void {
    for (const edit of edits) {
      if (edit.removed !== 0 || edit.added !== 0) {
        this.edits.push({ version, edit });
      }
    }
    this.edits.splice(0, Math.max(0, this.edits.length - EDIT_LIMIT));
  }

  /** Return where a line of a version stands now. */
  currentLine(line: number, version: number): number {
    return this.edits
      .filter((one) => one.version > version)
      .reduce((at, one) => moveLine(at, one.edit), line);
  }
}

/** Return where an edit takes a line. */
export function moveLine(line: number, edit: LineEdit): number {
  if (line < edit.line || (line === edit.line && !(edit.atStart && edit.removed === 0))) {
    return line;
  }
  if (line <= edit.line + edit.removed) {
    // The line is within what was replaced. At its end it stays beside the text that follows.
    return line === edit.line + edit.removed ? line - edit.removed + edit.added : edit.line;
  }
  return line - edit.removed + edit.added;
}
