/**
 * Completion, hover and signatures in a notebook's cells, from the server by way of its document.
 *
 * Owns moving places between a cell and the document; what is answered is the server's.
 */
import * as vscode from "vscode";
import type { Client } from "../client";
import { TYPES } from "./types";
import type { View } from "./view";

type Find = (document: vscode.TextDocument) => { view: View; cell: vscode.NotebookCell } | undefined;

/** Begin answering in the cells of our notebooks. */
export function registerLanguages(client: Client, find: Find): vscode.Disposable[] {
  const selector = TYPES.map((notebookType) => ({ notebookType, language: "*" }));
  const ask = async <R>(
    method: `textDocument/${string}`,
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<R | undefined> => {
    const found = find(document);
    if (found === undefined || client.state !== "running") {
      return undefined;
    }
    await found.view.flush();
    const line = found.view.lineOf(found.cell);
    if (line === undefined || token.isCancellationRequested) {
      return undefined;
    }
    const place = { line: line + position.line, character: position.character };
    const params = { textDocument: { uri: found.view.uri }, position: place };
    const result = await client.ask<R | null>(method, params, token);
    return result === null ? undefined : shifted(result, -line);
  };
  type Convert = NonNullable<Client["convert"]>;
  return [
    vscode.languages.registerCompletionItemProvider(
      selector,
      {
        provideCompletionItems: async (document, position, token) => {
          const result = await ask<Parameters<Convert["asCompletionResult"]>[0]>(
            "textDocument/completion", document, position, token,
          );
          return client.convert?.asCompletionResult(result ?? null, undefined, token);
        },
      },
      ".", "%", "[", "'", '"', "/",
    ),
    vscode.languages.registerHoverProvider(selector, {
      provideHover: async (document, position, token) => {
        const result = await ask<Parameters<Convert["asHover"]>[0]>("textDocument/hover", document, position, token);
        return client.convert?.asHover(result ?? null);
      },
    }),
    vscode.languages.registerSignatureHelpProvider(
      selector,
      {
        provideSignatureHelp: async (document, position, token) => {
          const result = await ask<Parameters<Convert["asSignatureHelp"]>[0]>(
            "textDocument/signatureHelp", document, position, token,
          );
          return client.convert?.asSignatureHelp(result ?? null, token);
        },
      },
      "(", ",",
    ),
  ];
}

/** Return a value with every position in it moved by so many lines. */
function shifted<V>(value: V, by: number): V {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => shifted(item, by)) as V;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [key, shifted(item, by)]);
  const made = Object.fromEntries(entries) as Record<string, unknown>;
  if (typeof made.line === "number" && typeof made.character === "number") {
    made.line += by;
  }
  return made as V;
}
