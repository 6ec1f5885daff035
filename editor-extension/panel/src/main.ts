/** The page: its tabs and tool bar, and the handling of messages. */

import "katex/dist/katex.min.css";
import "./styles/theme.css";
import "./styles/outputs.css";
import "./styles/panel.css";
import "./styles/plots.css";

import { h, iconButton } from "./dom";
import { findAdapter, Host } from "./host";
import { describeKernel } from "./kernelState";
import type { ShownDocument, Tab, ToPanel } from "./messages";
import { OutputsView } from "./outputs/outputsView";
import { CellStore } from "./cellStore";
import { PlotsView } from "./plots/plotsView";
import { TablePlace } from "./tables/tablePlace";
import { VariablesView } from "./variables/variablesView";

class Page {
  private readonly host = new Host(findAdapter());
  private readonly store = new CellStore();
  private readonly outputs = new OutputsView(this.host, this.store);
  private readonly table = new TablePlace(this.host);
  private readonly variables = new VariablesView(this.host, {
    openTable: (path, name) => this.openTable(path, name),
  });
  private readonly plots = new PlotsView(this.host);
  private readonly name = h("span", { className: "document-name" });
  private readonly kernel = h("span", { className: "kernel" });
  private readonly note = h("div", { className: "kernel-note", hidden: true, aria: { role: "alert" } });
  private readonly tabs = new Map<Tab, { button: HTMLButtonElement; panel: HTMLElement }>();
  private tab: Tab = "outputs";

  constructor() {
    const bar = h("div", { className: "tabs", aria: { role: "tablist" } });
    const panels = h("main");
    this.addTab(bar, panels, "outputs", "Outputs", this.outputs.element);
    this.addTab(bar, panels, "variables", "Variables", this.variables.element);
    this.addTab(bar, panels, "table", "Table", this.table.element);
    this.addTab(bar, panels, "plots", "Plots", this.plots.element);
    document.body.append(h("nav", {}, bar, this.name, this.kernel, this.createToolBar()), this.note, panels);
    this.showTab("outputs");
    this.host.listen((message) => this.receive(message));
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "f" && this.tab === "outputs") {
        event.preventDefault();
        this.outputs.openSearch();
      }
    });
    // Plots and frames contain theme colours as values, so they are drawn again when the theme changes.
    new MutationObserver(() => this.outputs.redraw()).observe(document.body, { attributeFilter: ["class", "data-vscode-theme-id"] });
    this.host.ready();
  }

  private addTab(bar: HTMLElement, panels: HTMLElement, tab: Tab, label: string, panel: HTMLElement): void {
    const button = h("button", { type: "button", className: "tab", id: `tab-${tab}` }, label);
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", `panel-${tab}`);
    button.addEventListener("click", () => this.showTab(tab));
    bar.append(button);
    const holder = h("div", { id: `panel-${tab}`, className: "tab-panel", aria: { role: "tabpanel", labelledby: `tab-${tab}` } }, panel);
    panels.append(holder);
    this.tabs.set(tab, { button, panel: holder });
  }

  private createToolBar(): HTMLElement {
    const uri = (): { uri: string } => ({ uri: this.store.uri });
    const follow = iconButton("follow", "Follow the cursor and the running cell", () => {
      this.outputs.follow(!this.outputs.following);
      follow.setAttribute("aria-pressed", String(this.outputs.following));
    });
    follow.setAttribute("aria-pressed", "true");
    return h(
      "span",
      { className: "tools" },
      iconButton("run", "Run all cells", () => this.host.command("cellbridge.runAll", { ...uri(), wait: false })),
      iconButton("stop", "Interrupt the kernel", () => this.host.command("cellbridge.interrupt", uri())),
      iconButton("restart", "Restart the kernel", () => this.host.command("cellbridge.restart", uri())),
      iconButton("clear", "Clear all outputs", () => this.host.command("cellbridge.clearOutputs", uri())),
      iconButton("search", "Search outputs", () => {
        this.showTab("outputs");
        this.outputs.openSearch();
      }),
      follow,
    );
  }

  private showTab(tab: Tab): void {
    this.tab = tab;
    for (const [name, { button, panel }] of this.tabs) {
      button.setAttribute("aria-selected", String(name === tab));
      panel.hidden = name !== tab;
    }
    this.variables.setVisible(tab === "variables");
    this.plots.setVisible(tab === "plots");
    if (tab === "table") this.table.attached();
  }

  private receive(message: ToPanel): void {
    switch (message.type) {
      case "document":
        this.showDocument(message.document);
        return;
      case "cells":
        if (message.params.uri === this.store.uri) this.outputs.change(message.params);
        return;
      case "kernel":
        if (message.params.uri !== this.store.uri) return;
        this.store.kernel = message.params.kernel;
        this.drawKernel();
        return;
      case "cursor":
        if (message.uri === this.store.uri) this.outputs.setCursor(message.cell);
        return;
      case "variables":
        if (message.uri !== this.store.uri) return;
        this.variables.variablesChanged();
        this.table.refresh();
        return;
      case "plots":
        if (message.uri === this.store.uri) this.plots.plotsChanged();
        return;
      case "show":
        this.showTab(message.tab);
        if (message.path !== undefined) this.openTable(message.path, message.path.join("."));
        if (message.cell !== undefined) this.outputs.showCell(message.cell);
        return;
      case "search":
        this.showTab("outputs");
        this.outputs.openSearch();
        return;
    }
  }

  private showDocument(document: ShownDocument | null): void {
    const other = document?.uri !== this.store.uri;
    this.store.load(document?.cells ?? { uri: "", version: 0, kernel: { state: "absent" }, cells: [] });
    this.name.textContent = document?.name ?? "";
    this.outputs.load();
    this.variables.setDocument(this.store.uri);
    this.plots.setDocument(this.store.uri);
    if (other) this.table.clear();
    this.drawKernel();
  }

  private drawKernel(): void {
    const { state, message } = this.store.kernel;
    this.kernel.textContent = this.store.uri === "" ? "" : describeKernel(this.store.kernel);
    this.kernel.dataset["state"] = state;
    this.note.hidden = message === undefined || message === "";
    this.note.textContent = message ?? "";
  }

  private openTable(path: string[], name: string): void {
    this.table.open(this.store.uri, path, name);
    this.showTab("table");
  }
}

new Page();
