/** The place of the open table of the kernel, with a hint while no table is open. */

import { h } from "../dom";
import type { Host } from "../host";
import { KernelTable } from "./tableSource";
import { TableView } from "./tableView";

export class TablePlace {
  readonly element = h("div", { className: "table-place" });
  private table: TableView | undefined;

  constructor(private readonly host: Host) {
    this.clear();
  }

  /** Open a variable of a document as a table. */
  open(uri: string, path: string[], name: string): void {
    this.table = new TableView(new KernelTable(this.host, uri, path), {
      save: (file, data, encoding) => this.host.save(file.replace("table", name.replace(/\W+/g, "-")), data, encoding),
    });
    this.element.replaceChildren(h("h2", {}, name), this.table.element);
  }

  clear(): void {
    this.table = undefined;
    const words = "Open a data frame or an array from the variables to show it as a table.";
    this.element.replaceChildren(h("div", { className: "empty" }, words));
  }

  /** Load the rows again after the variables may have changed. */
  refresh(): void {
    this.table?.refresh();
  }

  /** Must be called after the element became visible. */
  attached(): void {
    this.table?.attached();
  }
}
