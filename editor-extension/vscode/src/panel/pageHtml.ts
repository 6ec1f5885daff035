/** The HTML document of the panel's page, with its content security policy. */
import * as vscode from "vscode";

/** The hash of the script in the frames of outputs. scripts/build.mjs defines it. */
declare const FRAME_HASH: string;

/** Return the HTML of a webview that shows the page. */
export function pageHtml(webview: vscode.Webview, folder: vscode.Uri): string {
  const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
  const source = webview.cspSource;
  const policy = [
    "default-src 'none'",
    // The frames of outputs inherit this policy and run one script; see panel/src/render/html.ts.
    `script-src ${source} '${FRAME_HASH}' 'unsafe-eval'`,
    `style-src ${source} 'unsafe-inline'`,
    `font-src ${source} data:`,
    "img-src data: blob:",
    "media-src data: blob:",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <title>Cellbridge</title>
  <link rel="stylesheet" href="${file("panel.css")}">
</head>
<body><script type="module" src="${file("panel.js")}"></script></body>
</html>`;
}
