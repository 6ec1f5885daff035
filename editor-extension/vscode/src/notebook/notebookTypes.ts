/**
 * The notebook types, and the metadata of notebooks, cells and outputs in VS Code.
 *
 * Owns the names and the types of the metadata, which VS Code keeps as JSON.
 */
import * as vscode from "vscode";

/** A script in the notebook editor. */
export const SCRIPT_TYPE = "cellbridge-script";
/** A .ipynb file in a Cellbridge session. */
export const IPYNB_TYPE = "cellbridge-ipynb";
export const NOTEBOOK_TYPES = [SCRIPT_TYPE, IPYNB_TYPE];

/** Prefix of the URI of the server's document for a notebook; the URI of the file follows it. */
export const URI_PREFIX = "cellbridge-notebook+";

/** A file name for each notebook type, because serializers do not get the real name. */
export const FILE_NAMES: Record<string, string> = { [SCRIPT_TYPE]: "script.py", [IPYNB_TYPE]: "notebook.ipynb" };

/** The metadata of a notebook. */
export interface NotebookMetadata {
  /** The original bytes of the file as base64, or a key to them; see originalFiles.ts. */
  original?: string;
  /** The metadata in the notebook file. */
  metadata?: Record<string, unknown>;
  language?: string;
}

/** The metadata of a cell. */
export interface CellMetadata {
  /** The id in the file. */
  id?: string;
  metadata?: Record<string, unknown>;
  /** VS Code's Markdown renderer reads attached images from this key. */
  attachments?: Record<string, unknown>;
}

/** The metadata of an output. */
export interface OutputMetadata {
  /** Index among the outputs that the file has for the cell. */
  stored?: number;
  /** The id of the run that produced it. */
  run?: string;
  /** The fields of the output in notebook files, without its data. */
  output?: Record<string, unknown>;
  /** The original Markdown, if it is shown without its external resources. */
  markdown?: string;
}

export function isOurs(notebook: vscode.NotebookDocument): boolean {
  return NOTEBOOK_TYPES.includes(notebook.notebookType);
}
