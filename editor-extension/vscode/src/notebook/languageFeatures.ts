/**
 * Completion, hover and signature help in the cells of notebooks.
 *
 * Owns the mapping of positions between a cell and the server's document.
 */
import * as vscode from "vscode";
import type { Client } from "../client";
import { NOTEBOOK_TYPES } from "./notebookTypes";
import type { NotebookSync } from "./notebookSync";

type FindCell = (document: vscode.TextDocument) => { sync: NotebookSync; cell: vscode.NotebookCell } | undefined;

/** Register the providers for the cells of Cellbridge's notebooks. */
export function registerLanguageFeatures(client: Client, find: FindCell): vscode.Disposable[] {
  const selector = NOTEBOOK_TYPES.map((notebookType) => ({ notebookType, language: "*" }));
  const request = async <R>(
    method: `textDocument/${string}`,
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<R | undefined> => {
    const found = find(document);
    if (found === undefined || client.state !== "running") {
      return undefined;
    }
    await found.sync.flush();
    const line = found.sync.lineOf(found.cell);
    if (line === undefined || token.isCancellationRequested) {
      return undefined;
    }
    const place = { line: line + position.line, character: position.character };
    const params = { textDocument: { uri: found.sync.uri }, position: place };
    const result = await client.languageRequest<R | null>(method, params, token);
    return result === null ? undefined : shiftLines(result, -line);
  };
  type Convert = NonNullable<Client["converter"]>;
  return [
    vscode.languages.registerCompletionItemProvider(
      selector,
      {
        provideCompletionItems: async (document, position, token) => {
          const result = await request<Parameters<Convert["asCompletionResult"]>[0]>(
            "textDocument/completion", document, position, token,
          );
          return client.converter?.asCompletionResult(result ?? null, undefined, token);
        },
      },
      ".", "%", "[", "'", '"', "/",
    ),
    vscode.languages.registerHoverProvider(selector, {
      provideHover: async (document, position, token) => {
        const result = await request<Parameters<Convert["asHover"]>[0]>("textDocument/hover", document, position, token);
        return client.converter?.asHover(result ?? null);
      },
    }),
    vscode.languages.registerSignatureHelpProvider(
      selector,
      {
        provideSignatureHelp: async (document, position, token) => {
          const result = await request<Parameters<Convert["asSignatureHelp"]>[0]>(
            "textDocument/signatureHelp", document, position, token,
          );
          return client.converter?.asSignatureHelp(result ?? null, token);
        },
      },
      "(", ",",
    ),
  ];
}

/** Return a copy of a value in which every position is moved by a number of lines. */
function shiftLines<V>(value: V, by: number): V {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => shiftLines(item, by)) as V;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [key, shiftLines(item, by)]);
  const made = Object.fromEntries(entries) as Record<string, unknown>;
  if (typeof made.line === "number" && typeof made.character === "number") {
    made.line += by;
  }
  return made as V;
}
