/** Reads the cells of a notebook in Jupyter's format (nbformat 4) as the outputs that the page draws. */

import type { Output } from "../protocol";
import { isRecord, textOf } from "../render/mimeValues";

export interface ReportCell {
  kind: "code" | "markdown" | "raw";
  /** The title on the cell's marker line; empty without one. */
  title: string;
  source: string;
  count: number | undefined;
  outputs: Output[];
}

/** Return the cells of a notebook. What is not a cell or an output is left out. */
export function cellsOf(notebook: unknown): ReportCell[] {
  const cells = isRecord(notebook) && Array.isArray(notebook["cells"]) ? notebook["cells"] : [];
  return cells.filter(isRecord).map((cell) => {
    const outputs: unknown[] = Array.isArray(cell["outputs"]) ? cell["outputs"] : [];
    const kind = cell["cell_type"];
    const metadata = isRecord(cell["metadata"]) ? cell["metadata"] : {};
    return {
      kind: kind === "markdown" || kind === "raw" ? kind : "code",
      title: typeof metadata["title"] === "string" ? metadata["title"] : "",
      source: textOf(cell["source"] ?? ""),
      count: typeof cell["execution_count"] === "number" ? cell["execution_count"] : undefined,
      outputs: outputs.filter(isRecord).flatMap(outputOf),
    };
  });
}

function outputOf(given: Record<string, unknown>): Output[] {
  switch (given["output_type"]) {
    case "stream": {
      const text = textOf(given["text"] ?? "");
      const name = given["name"] === "stderr" ? "stderr" : "stdout";
      return [{ kind: "stream", name, text, chars: text.length, lines: text.split("\n").length - 1 }];
    }
    case "display_data":
    case "execute_result": {
      const kind = given["output_type"] === "execute_result" ? "result" : "display";
      const metadata = isRecord(given["metadata"]) ? given["metadata"] : {};
      return isRecord(given["data"]) ? [{ kind, data: given["data"], metadata }] : [];
    }
    case "error": {
      const traceback: unknown[] = Array.isArray(given["traceback"]) ? given["traceback"] : [];
      return [
        {
          kind: "error",
          name: textOf(given["ename"] ?? ""),
          message: textOf(given["evalue"] ?? ""),
          traceback: traceback.map((line) => textOf(line)),
        },
      ];
    }
    default:
      return [];
  }
}
