/** The bar of filter conditions for rows, with a form for a new one. */

import { h, iconButton, textButton } from "../dom";
import type { TableColumn, TableFilter } from "../protocol";

type Operator = TableFilter["operator"];

const OPERATORS: readonly (readonly [Operator, string])[] = [
  ["contains", "contains"],
  ["eq", "="],
  ["ne", "≠"],
  ["lt", "<"],
  ["le", "≤"],
  ["gt", ">"],
  ["ge", "≥"],
  ["null", "is missing"],
  ["notNull", "is not missing"],
];

export class FilterBar {
  readonly element = h("span", { className: "filters" });
  filters: TableFilter[] = [];
  private readonly chips = h("span", { className: "chips" });
  private readonly form = h("form", { className: "filter-form", hidden: true });
  private readonly column = h("select", { aria: { label: "Column" } });
  private readonly operator = h("select", { aria: { label: "Condition" } }, ...OPERATORS.map(([, words]) => h("option", {}, words)));
  private readonly value = h("input", { type: "text", placeholder: "value", aria: { label: "Value" } });
  private readonly names = new Map<number, string>();
  private first = 0;

  constructor(private readonly changed: () => void) {
    const add = h("button", { className: "text-button", type: "submit" }, "Filter");
    this.form.append(this.column, this.operator, this.value, add, iconButton("clear", "Cancel", () => (this.form.hidden = true)));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.add();
    });
    this.operator.addEventListener("change", () => {
      this.value.hidden = ["null", "notNull"].includes(this.chosenOperator());
    });
    this.element.append(this.chips, this.form);
  }

  /** Set the columns that can be chosen. The first of them is column `first` of the table. */
  setColumns(columns: readonly TableColumn[], first: number, can: boolean): void {
    this.element.hidden = !can;
    const chosen = this.column.selectedIndex;
    this.first = first;
    columns.forEach(({ name }, at) => this.names.set(at + first, name));
    this.column.replaceChildren(...columns.map(({ name }) => h("option", {}, name)));
    this.column.selectedIndex = Math.min(Math.max(0, chosen), columns.length - 1);
  }

  /** Open the form for a condition on a column. */
  open(column: number): void {
    this.form.hidden = false;
    this.column.selectedIndex = column - this.first;
    this.value.focus();
  }

  private chosenOperator(): Operator {
    return OPERATORS[this.operator.selectedIndex]?.[0] ?? "contains";
  }

  private add(): void {
    const filter = { column: this.column.selectedIndex + this.first, operator: this.chosenOperator(), value: this.value.value };
    this.form.hidden = true;
    this.value.value = "";
    this.filters = [...this.filters, filter];
    this.draw();
    this.changed();
  }

  private draw(): void {
    const chips = this.filters.map((filter) => {
      const words = OPERATORS.find(([operator]) => operator === filter.operator)?.[1] ?? "";
      const text = `${this.names.get(filter.column) ?? ""} ${words} ${filter.value ?? ""}`.trim();
      const remove = (): void => {
        this.filters = this.filters.filter((other) => other !== filter);
        this.draw();
        this.changed();
      };
      return h("span", { className: "chip" }, text, iconButton("clear", `Remove the filter ${text}`, remove));
    });
    const all = chips.length > 1 && textButton("Clear", () => {
      this.filters = [];
      this.draw();
      this.changed();
    });
    this.chips.replaceChildren(...chips, ...(all === false ? [] : [all]));
  }
}
