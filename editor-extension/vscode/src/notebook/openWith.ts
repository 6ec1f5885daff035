/**
 * Opens a file in the notebook editor, or in the text editor.
 *
 * Owns the choice of the file, and saving it first.
 */
import * as vscode from "vscode";
import { IPYNB_TYPE, SCRIPT_TYPE } from "./notebookTypes";

/** Open the file in the notebook editor. It is saved first, because the notebook editor reads the file. */
export async function openAsNotebook(given: vscode.Uri | undefined): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const uri = given ?? editor?.document.uri;
  if (uri === undefined) {
    void vscode.window.showInformationMessage("Open a script first.");
    return;
  }
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (document?.isDirty === true && !(await document.save())) {
    return;
  }
  await vscode.commands.executeCommand("vscode.openWith", uri, uri.path.endsWith(".ipynb") ? IPYNB_TYPE : SCRIPT_TYPE);
}

/** Open the active notebook in the text editor. */
export async function openAsText(): Promise<void> {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook === undefined || (notebook.isDirty && !(await notebook.save()))) {
    return;
  }
  await vscode.commands.executeCommand("vscode.openWith", notebook.uri, "default");
}
