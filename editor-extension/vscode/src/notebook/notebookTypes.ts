/**
 * What a notebook and its cells carry along in VS Code, and what they are called there.
 *
 * Owns the names and the shape of the metadata; VS Code keeps them as JSON.
 */
import * as vscode from "vscode";

/** A script in the notebook editor. */
export const SCRIPT_TYPE = "cellbridge-script";
/** A notebook file in our session. */
export const IPYNB_TYPE = "cellbridge-ipynb";
export const NOTEBOOK_TYPES = [SCRIPT_TYPE, IPYNB_TYPE];

/** What stands before a file's URI in that of the document in which a notebook's cells run. */
export const URI_PREFIX = "cellbridge-notebook+";

/** Where a file of each type gets its name: serializers are not told the real one. */
export const FILE_NAMES: Record<string, string> = { [SCRIPT_TYPE]: "script.py", [IPYNB_TYPE]: "notebook.ipynb" };

/** The metadata of a notebook. */
export interface NotebookMetadata {
  /** The file's bytes as they were read, as base64, or what they are kept under; see originals.ts. */
  original?: string;
  /** The notebook file's own metadata. */
  metadata?: Record<string, unknown>;
  language?: string;
}

/** The metadata of a cell. */
export interface CellMetadata {
  /** Its id in the file. */
  id?: string;
  metadata?: Record<string, unknown>;
  /** Under this name VS Code's own Markdown renderer looks for pictures. */
  attachments?: Record<string, unknown>;
}

/** The metadata of an output. */
export interface OutputMetadata {
  /** Its place among the outputs that the file holds for the cell. */
  stored?: number;
  /** The run that made it. */
  run?: string;
  /** What notebook files say of an output beside its data. */
  output?: Record<string, unknown>;
  /** Its Markdown as it was written, where it is shown without what it would load. */
  markdown?: string;
}

export function isOurs(notebook: vscode.NotebookDocument): boolean {
  return NOTEBOOK_TYPES.includes(notebook.notebookType);
}
