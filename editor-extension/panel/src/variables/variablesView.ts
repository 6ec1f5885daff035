/**
 * The variables of the kernel as a tree, with marks for changes and buttons that open tables.
 *
 * Owns the open branches by path, so that they stay open when the variables are loaded again.
 */

import { h, icon, iconButton } from "../dom";
import type { Host } from "../host";
import type { Variable, VariablesParams, VariablesResult } from "../protocol";
import { formatSize } from "../render/mimeValues";

const PAGE_SIZE = 100;

export interface VariablesOptions {
  openTable(path: string[], name: string): void;
}

export class VariablesView {
  readonly element: HTMLElement;
  private uri = "";
  private shown = false;
  private outdated = true;
  private generation = 0;
  private toggles = 0;
  private readonly opened = new Set<string>();
  private readonly tree = h("div", { className: "tree", aria: { role: "tree", label: "Variables" } });
  private readonly filter = h("input", { type: "search", placeholder: "Filter", aria: { label: "Filter variables" } });
  private readonly sort = h("select", { title: "Sort by", aria: { label: "Sort variables by" } }, ...["name", "type", "size", "recent"].map((name) => h("option", {}, name)));
  private readonly hidden = h("input", { type: "checkbox" });

  constructor(private readonly host: Host, private readonly options: VariablesOptions) {
    const again = (): void => void this.load();
    this.filter.addEventListener("input", again);
    this.sort.addEventListener("change", again);
    this.hidden.addEventListener("change", again);
    const bar = h("div", { className: "bar-row" }, this.filter, this.sort, h("label", {}, this.hidden, " all names"), iconButton("restart", "Refresh", again));
    this.element = h("div", { className: "variables" }, bar, this.tree);
    this.tree.addEventListener("keydown", (event) => this.handleKey(event));
  }

  setDocument(uri: string): void {
    if (uri !== this.uri) this.opened.clear();
    this.uri = uri;
    this.variablesChanged();
  }

  /** Load the variables again after they may have changed, once the view is visible. */
  variablesChanged(): void {
    this.outdated = true;
    if (this.shown) void this.load();
  }

  setVisible(shown: boolean): void {
    this.shown = shown;
    if (shown && this.outdated) void this.load();
  }

  private async load(): Promise<void> {
    this.outdated = false;
    const generation = ++this.generation;
    const { toggles } = this;
    const made = h("div");
    if (this.uri === "") made.append(h("div", { className: "empty" }, "Open a script to see its variables."));
    else await this.loadLevel(made, [], 1, 0);
    if (generation !== this.generation) return;
    // A branch that was opened or closed meanwhile may be the other way in what was loaded.
    if (toggles !== this.toggles) await this.load();
    // The tree is replaced in one step, so that it does not flicker or scroll.
    else this.tree.replaceChildren(...made.childNodes);
  }

  private async loadLevel(into: HTMLElement, path: string[], level: number, start: number): Promise<void> {
    const params: VariablesParams = { uri: this.uri, path, start, count: PAGE_SIZE };
    params.sort = this.sort.value as NonNullable<VariablesParams["sort"]>;
    params.descending = this.sort.value === "size";
    params.hidden = this.hidden.checked;
    if (path.length === 0) params.filter = this.filter.value;
    let result: VariablesResult;
    try {
      result = await this.host.request<VariablesResult>("cellbridge/variables", params);
    } catch (error) {
      into.append(h("div", { className: "empty" }, error instanceof Error ? error.message : String(error)));
      return;
    }
    const opening: Promise<void>[] = [];
    for (const variable of result.variables) {
      const { row, below, open } = this.createRow(variable, [...path, variable.key], level);
      into.append(row, below);
      if (this.opened.has([...path, variable.key].join("\0"))) opening.push(open());
    }
    if (result.message !== undefined) into.append(h("div", { className: "empty" }, result.message));
    const left = result.total - start - result.variables.length;
    if (left > 0 && result.variables.length > 0) into.append(this.createMoreButton(into, path, level, start + result.variables.length, left));
    await Promise.all(opening);
  }

  private createMoreButton(into: HTMLElement, path: string[], level: number, start: number, left: number): HTMLElement {
    const button = h("button", { className: "text-button more", type: "button" }, `${left.toLocaleString("en")} more`);
    button.addEventListener("click", () => {
      button.remove();
      void this.loadLevel(into, path, level, start);
    });
    return button;
  }

  private createRow(variable: Variable, path: string[], level: number): { row: HTMLElement; below: HTMLElement; open: () => Promise<void> } {
    const below = h("div", { hidden: true, aria: { role: "group" } });
    const twist = h("span", { className: "twist" }, variable.children ? icon("branch") : null);
    const kind = [variable.type, variable.shape, variable.dtype].filter((part) => part !== undefined && part !== "").join(" ");
    const size = variable.size === undefined ? "" : formatSize(variable.size);
    const row = h("div", { className: `variable${variable.changed ? " changed" : ""}`, tabIndex: level === 1 ? 0 : -1, aria: { role: "treeitem", level: String(level) } },
      twist,
      h("span", { className: "variable-name" }, variable.name),
      h("span", { className: "variable-value", title: variable.value }, variable.value),
      h("span", { className: "variable-type", title: size === "" ? kind : `${kind}, ${size}` }, kind),
      variable.table ? iconButton("table", `Open ${variable.name} as a table`, () => this.options.openTable(path, variable.expression ?? variable.name)) : null,
    );
    row.style.setProperty("--level", String(level));
    if (variable.changed) row.setAttribute("aria-description", "changed by the last run");
    const key = path.join("\0");
    const open = async (): Promise<void> => {
      this.opened.add(key);
      row.classList.add("open");
      row.setAttribute("aria-expanded", "true");
      below.hidden = false;
      if (below.childElementCount === 0) await this.loadLevel(below, path, level + 1, 0);
    };
    const toggle = (): void => {
      if (!variable.children) return;
      this.toggles += 1;
      if (below.hidden) {
        void open();
        return;
      }
      this.opened.delete(key);
      below.hidden = true;
      row.classList.remove("open");
      row.setAttribute("aria-expanded", "false");
    };
    if (variable.children) row.setAttribute("aria-expanded", "false");
    row.addEventListener("click", toggle);
    return { row, below, open };
  }

  /** Handle the arrow keys and Enter, as usual for trees. */
  private handleKey(event: KeyboardEvent): void {
    const rows = [...this.tree.querySelectorAll<HTMLElement>(".variable")].filter((row) => row.offsetParent !== null);
    const at = rows.findIndex((row) => row === document.activeElement);
    const current = rows[at];
    if (current === undefined) return;
    const expanded = current.getAttribute("aria-expanded");
    if (event.key === "ArrowDown") rows[at + 1]?.focus();
    else if (event.key === "ArrowUp") rows[at - 1]?.focus();
    else if (event.key === "ArrowRight" && expanded === "false") current.click();
    else if (event.key === "ArrowLeft" && expanded === "true") current.click();
    else if (event.key === "Enter" || event.key === " ") current.click();
    else return;
    event.preventDefault();
  }
}
