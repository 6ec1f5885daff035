/**
 * Actions that outputs request, in the panel and in notebooks: reveal, copy, save, open.
 *
 * The requests come from pages that show untrusted output, so each one is limited to harmless values.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import { webAddress } from "../../../panel/src/links";
import type { FromPanel } from "../../../panel/src/messages";
import { fromProtocolPosition } from "../commands/activeEditor";

/** Handle a request of the page that needs neither scripts nor the server. */
export async function handleOutputRequest(message: FromPanel, script: vscode.Uri | undefined): Promise<void> {
  switch (message.type) {
    case "reveal": {
      const { start, end } = message.range;
      const uri = vscode.Uri.parse(message.uri);
      if (uri.scheme === "file") {
        await showRange(uri, new vscode.Range(fromProtocolPosition(start), fromProtocolPosition(end)));
      }
      return;
    }
    case "copy":
      await vscode.env.clipboard.writeText(message.text);
      return;
    case "open": {
      const url = webAddress(message.url);
      if (url !== undefined) {
        await vscode.env.openExternal(vscode.Uri.parse(url, true));
      }
      return;
    }
    case "save": {
      const folder = script === undefined ? vscode.workspace.workspaceFolders?.[0]?.uri : vscode.Uri.joinPath(script, "..");
      const offered = folder && vscode.Uri.joinPath(folder, path.basename(message.name));
      const chosen = await vscode.window.showSaveDialog(offered ? { defaultUri: offered } : {});
      if (chosen !== undefined) {
        await vscode.workspace.fs.writeFile(chosen, Buffer.from(message.data, message.encoding));
      }
      return;
    }
    default:
  }
}

/** Show a range in the editor column where its file is open, otherwise in the first column. */
export async function showRange(uri: vscode.Uri, selection: vscode.Range): Promise<void> {
  const open = vscode.window.visibleTextEditors.find((one) => one.document.uri.toString() === uri.toString());
  const viewColumn = open?.viewColumn ?? vscode.ViewColumn.One;
  const editor = await vscode.window.showTextDocument(uri, { viewColumn, selection });
  editor.revealRange(selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
