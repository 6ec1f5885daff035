/** Sources of the rows of a table: the kernel, page by page, or rows in memory. */

import type { Host } from "../host";
import type {
  TableExportResult,
  TableFilter,
  TableResult,
  TableSort,
  TableSummaryResult,
} from "../protocol";

export interface TableQuery {
  start: number;
  count: number;
  firstColumn: number;
  columns: number;
  sort: TableSort[];
  filters: TableFilter[];
}

export type TextFormat = "csv" | "tsv" | "json";
export type ExportFormat = TextFormat | "parquet";

export interface TableSource {
  readonly formats: readonly ExportFormat[];
  load(query: TableQuery): Promise<TableResult>;
  summary(column: number): Promise<TableSummaryResult>;
  /** Return a selection in one of the formats, as text. */
  export(query: TableQuery, format: ExportFormat): Promise<TableExportResult>;
}

/** A table that is a variable of the kernel. */
export class KernelTable implements TableSource {
  readonly formats = ["csv", "tsv", "json", "parquet"] as const;

  constructor(
    private readonly host: Pick<Host, "request">,
    private readonly uri: string,
    private readonly path: readonly string[],
  ) {}

  load(query: TableQuery): Promise<TableResult> {
    return this.host.request("cellbridge/table", { ...this.place(), ...query });
  }

  summary(column: number): Promise<TableSummaryResult> {
    return this.host.request("cellbridge/tableSummary", { ...this.place(), column });
  }

  export(query: TableQuery, format: ExportFormat): Promise<TableExportResult> {
    return this.host.request("cellbridge/tableExport", { ...this.place(), ...query, format });
  }

  private place(): { uri: string; path: readonly string[] } {
    return { uri: this.uri, path: this.path };
  }
}
