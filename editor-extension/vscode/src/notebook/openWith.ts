/**
 * From the text editor to the notebook editor, and back.
 *
 * Owns which file that is about, and saving it first.
 */
import * as vscode from "vscode";
import { IPYNB_TYPE, SCRIPT_TYPE } from "./notebookTypes";

/** Show the file in the notebook editor; what was typed is saved first, since that reads the file. */
export async function openAsNotebook(given: vscode.Uri | undefined): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const uri = given ?? editor?.document.uri;
  if (uri === undefined) {
    void vscode.window.showInformationMessage("Open a script first; it is then shown as a notebook.");
    return;
  }
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (document?.isDirty === true && !(await document.save())) {
    return;
  }
  await vscode.commands.executeCommand("vscode.openWith", uri, uri.path.endsWith(".ipynb") ? IPYNB_TYPE : SCRIPT_TYPE);
}

/** Show the notebook at hand in the text editor. */
export async function openAsText(): Promise<void> {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook === undefined || (notebook.isDirty && !(await notebook.save()))) {
    return;
  }
  await vscode.commands.executeCommand("vscode.openWith", notebook.uri, "default");
}
