/**
 * Connects the widgets in notebooks with the server.
 *
 * VS Code draws the outputs of a notebook in a page of its own. The renderer there sends requests about
 * widgets, and gets the changes of their models. It does not know the URI of the server's document.
 */
import * as vscode from "vscode";
import type { Client } from "../client";
import type { Requests, WidgetsChangedParams } from "../protocol.gen";
import type { NotebookSync } from "./notebookSync";

const METHODS = ["cellbridge/widgets", "cellbridge/widgetSend", "cellbridge/widgetModule"] as const;
type Method = (typeof METHODS)[number];

/** A request of the renderer. The answer has the same `id`. */
interface RendererRequest {
  type: "request";
  id: number;
  method: Method;
  params: Record<string, unknown>;
}

export class WidgetMessages {
  constructor(
    private readonly client: Client,
    private readonly messaging: vscode.NotebookRendererMessaging,
    private readonly findSync: (notebook: vscode.NotebookDocument) => NotebookSync | undefined,
  ) {}

  /** Answer a message of a renderer. Return false if it is not about widgets. */
  receive(editor: vscode.NotebookEditor, message: unknown): boolean {
    if (!isRequest(message)) {
      return false;
    }
    void this.answer(editor, message);
    return true;
  }

  /** Send changed models to the editors that show the notebook. */
  forward(notebook: vscode.NotebookDocument, params: WidgetsChangedParams): void {
    for (const editor of vscode.window.visibleNotebookEditors) {
      if (editor.notebook === notebook) {
        void this.messaging.postMessage({ type: "widgets", params: { ...params, uri: "" } }, editor);
      }
    }
  }

  /** Make renderers request all models again: they may have missed changes. */
  refresh(editors: readonly vscode.NotebookEditor[]): void {
    for (const editor of editors) {
      if (this.findSync(editor.notebook) !== undefined) {
        void this.messaging.postMessage({ type: "refreshWidgets" }, editor);
      }
    }
  }

  private async answer(editor: vscode.NotebookEditor, { id, method, params }: RendererRequest): Promise<void> {
    const uri = this.findSync(editor.notebook)?.uri;
    let answer: object;
    try {
      if (uri === undefined) {
        throw new Error("The notebook has no session. Select the Cellbridge kernel.");
      }
      const given = { ...params, uri } as unknown as Requests[typeof method]["params"];
      answer = { result: await this.client.request(method, given) };
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    void this.messaging.postMessage({ type: "answer", id, ...answer }, editor);
  }
}

function isRequest(message: unknown): message is RendererRequest {
  const { type, id, method } = (message ?? {}) as Partial<RendererRequest>;
  return type === "request" && typeof id === "number" && METHODS.some((one) => one === method);
}
