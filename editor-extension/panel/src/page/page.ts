/**
 * The companion page: the session of a script in a browser, and the list of all sessions.
 *
 * Owns the layout, the tool bar and the handling of messages. The views are those of
 * VS Code's panel.
 */

import "katex/dist/katex.min.css";
import "../styles/theme.css";
import "../styles/outputs.css";
import "../styles/panel.css";
import "../styles/plots.css";
import "../styles/page.css";

import { CellStore } from "../cellStore";
import { h } from "../dom";
import { Host } from "../host";
import { describeKernel } from "../kernelState";
import type { FromPanel, PanelCommand, ShownDocument, ToPanel } from "../messages";
import { OutputsView } from "../outputs/outputsView";
import { PlotsView } from "../plots/plotsView";
import { TablePlace } from "../tables/tablePlace";
import { VariablesView } from "../variables/variablesView";
import { printPage, withBrowserActions } from "./browserActions";
import { documentTitle, fragmentOf, pathOfFragment, pathOfUri, queueWords } from "./documentWords";
import { type Key, listenToKeys } from "./keyboard";
import { Notices } from "./notices";
import { loadPreferences, type Preferences, storePreferences, type Theme } from "./preferences";
import { SessionList } from "./sessionList";
import { type SideView, SidePanel } from "./sidePanel";
import { SocketAdapter } from "./socket";
import { Sources } from "./sourceView";
import { ToolBar } from "./toolBar";

const EMPTY = { uri: "", version: 0, kernel: { state: "absent" as const }, cells: [] };
const THEMES: readonly Theme[] = ["auto", "light", "dark"];

class Page {
  private readonly preferences: Preferences = loadPreferences();
  private readonly store = new CellStore();
  /** The script that the user has chosen; empty for none. */
  private path = pathOfFragment(window.location.hash);
  /** True until the server has answered to `ready`. */
  private greeted = false;
  private readonly notices = new Notices(() => this.socket.connect());
  private readonly socket: SocketAdapter = new SocketAdapter(
    `${window.location.protocol === "https:" ? "wss" : "ws"}://${window.location.host}/socket`,
    { changed: (state) => this.connectionChanged(state), greeting: () => this.greeting() },
  );
  private readonly host = new Host(withBrowserActions(this.socket, (message) => this.sent(message)));
  private readonly sources = new Sources(this.store, (url) => this.host.open(url));
  private readonly outputs = new OutputsView(this.host, this.store, this.sources);
  private readonly sessions = new SessionList(this.host, {
    isActive: () => this.socket.state === "open" && this.sessionsVisible(),
    choose: (path) => this.choose(path),
  });
  private readonly table = new TablePlace(this.host);
  private readonly plots = new PlotsView(this.host);
  private readonly variables = new VariablesView(this.host, { openTable: (path, name) => this.openTable(path, name) });
  private readonly side: SidePanel = new SidePanel(this.sideViews(), (name) => this.sideChanged(name));
  private readonly name = h("h1", { className: "document-name" });
  private readonly kernel = h("span", { className: "kernel", aria: { live: "polite" } });
  private readonly queue = h("span", { className: "queue" });
  private readonly tools = this.createTools();
  private readonly openHelp: () => void;

  constructor() {
    const head = h(
      "header",
      { className: "page-head" },
      this.tools.group("Sessions", "menu"),
      this.name,
      this.kernel,
      this.queue,
      this.tools.group("Session", "run", "interrupt", "restart", "clear"),
      this.tools.group("Page", "search", "code", "follow", "side", "theme", "print", "help"),
    );
    const shade = h("div", { className: "shade" });
    shade.addEventListener("click", () => document.body.classList.remove("menu-open"));
    const body = h("div", { className: "page-body" }, h("nav", { className: "page-sessions", aria: { label: "Sessions" } }, this.sessions.element), shade, h("main", {}, this.outputs.element), this.side.element);
    document.body.classList.add("page");
    document.body.append(head, this.notices.element, body);
    this.outputs.follow(this.preferences.follow);
    this.sources.showAll(this.preferences.code);
    this.applyTheme();
    this.drawTools();
    this.openHelp = listenToKeys(this.keys());
    this.listen();
    this.showNothing(this.path);
    this.host.ready();
  }

  private listen(): void {
    this.host.listen((message) => this.receive(message));
    window.addEventListener("hashchange", () => {
      const path = pathOfFragment(window.location.hash);
      if (path !== this.path) this.choose(path);
    });
    document.addEventListener("visibilitychange", () => this.socket.post({ type: "visible", visible: document.visibilityState === "visible" }));
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.outputs.redraw());
    window.addEventListener("beforeprint", () => this.outputs.drawAll(true));
    window.addEventListener("afterprint", () => this.outputs.drawAll(false));
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "f") {
        event.preventDefault();
        this.outputs.openSearch();
      }
    });
  }

  private keys(): Key[] {
    const onCell = (act: (id: string) => void): (() => void) => () => {
      const cell = this.outputs.selected;
      if (cell !== undefined) act(cell.id);
    };
    return [
      { keys: ["j", "ArrowDown"], label: "Next cell", run: () => this.outputs.step(1) },
      { keys: ["k", "ArrowUp"], label: "Previous cell", run: () => this.outputs.step(-1) },
      { keys: ["g"], label: "First cell", run: () => this.outputs.step(-Infinity) },
      { keys: ["G"], label: "Last cell", run: () => this.outputs.step(Infinity) },
      { keys: ["Enter"], label: "Run the cell", run: onCell((id) => this.runCell(id)) },
      { keys: ["o"], label: "Hide or show the outputs of the cell", run: onCell((id) => this.outputs.toggleOutputs(id)) },
      { keys: ["c"], label: "Fold or show the code of the cell", run: onCell((id) => this.toggleCode(id)) },
      { keys: ["C"], label: "Fold or show the code of all cells", run: () => this.toggleAllCode() },
      { keys: ["i"], label: "Interrupt the kernel", run: () => this.command("cellbridge.interrupt") },
      { keys: ["/"], label: "Search code and outputs", run: () => this.outputs.openSearch() },
      { keys: ["f"], label: "Follow the editor and the running cell", run: () => this.toggleFollow() },
      { keys: ["v"], label: "Show variables, tables and plots", run: () => this.side.toggle() },
      { keys: ["s"], label: "Show the sessions", run: () => this.toggleSessions() },
      { keys: ["?"], label: "Show the keys", run: () => this.openHelp() },
    ];
  }

  // --- messages ---------------------------------------------------------------------------------------

  private receive(message: ToPanel): void {
    const { uri } = this.store;
    switch (message.type) {
      case "document":
        this.showDocument(message.document);
        return;
      case "cells":
        if (message.params.uri !== uri) return;
        this.outputs.change(message.params);
        this.drawState();
        return;
      case "code":
        if (message.uri !== uri) return;
        this.sources.add(message.sources);
        this.outputs.sourcesChanged(Object.keys(message.sources));
        return;
      case "kernel":
        if (message.params.uri !== uri) return;
        this.store.kernel = message.params.kernel;
        this.drawState();
        return;
      case "cursor":
        if (message.uri === uri) this.outputs.setCursor(message.cell);
        return;
      case "variables":
        if (message.uri !== uri) return;
        this.variables.variablesChanged();
        this.table.refresh();
        return;
      case "plots":
        if (message.uri === uri) this.plots.plotsChanged();
        return;
      case "show":
        if (message.tab !== "outputs") this.side.show(message.tab);
        if (message.path !== undefined) this.openTable(message.path, message.path.join("."));
        if (message.cell !== undefined) this.outputs.showCell(message.cell);
        return;
      case "search":
        this.outputs.openSearch();
        return;
      case "message":
        this.notices.show(message.text, message.kind);
        if (message.kind === "error" && uri === "") this.showNothing("");
        return;
    }
  }

  /** Show here as well what an editor is requested to show. */
  private sent(message: FromPanel): void {
    if (message.type === "goto" && message.uri === this.store.uri) this.outputs.select(message.cell);
    if (message.type !== "reveal" || message.uri !== this.store.uri) return;
    const { line } = message.range.start;
    const cell = this.store.ordered().findLast(({ range, partOf }) => partOf === undefined && range.start.line <= line);
    if (cell !== undefined) this.outputs.select(cell.id);
  }

  private greeting(): FromPanel[] {
    this.greeted = true;
    const chosen: FromPanel[] = this.path === "" ? [] : [{ type: "choose", path: this.path }];
    return [...chosen, { type: "visible", visible: document.visibilityState === "visible" }];
  }

  private connectionChanged(state: SocketAdapter["state"]): void {
    this.notices.showConnection(state);
    document.body.classList.toggle("offline", state !== "open");
    if (state === "open") void this.sessions.refresh();
  }

  private choose(path: string): void {
    document.body.classList.remove("menu-open");
    this.path = path;
    window.history.pushState(null, "", fragmentOf(path));
    this.showNothing(path);
    this.socket.post({ type: "choose", path });
  }

  private command(command: PanelCommand, more: Record<string, unknown> = {}): void {
    if (this.store.uri !== "") this.host.command(command, { uri: this.store.uri, ...more });
  }

  private runCell(id: string): void {
    const cell = this.store.get(id);
    if (cell?.kind === "code") this.command("cellbridge.runCell", { cell: cell.partOf ?? id, wait: false });
  }

  // --- the document -----------------------------------------------------------------------------------

  private showDocument(shown: ShownDocument | null): void {
    const { greeted } = this;
    this.greeted = false;
    if (shown === null) {
      // The first answer to a greeting is that no script is chosen yet.
      if (!greeted || this.path === "") this.showNothing("");
      return;
    }
    const other = shown.uri !== this.store.uri;
    if (other) this.sources.clear();
    this.store.load(shown.cells);
    this.path = pathOfUri(shown.uri);
    if (window.location.hash !== fragmentOf(this.path)) window.history.replaceState(null, "", fragmentOf(this.path));
    this.name.textContent = shown.name;
    this.name.title = this.path;
    this.drawDocument(other);
  }

  /** Show no document, while one is opened or until the user chooses one. */
  private showNothing(opening: string): void {
    this.path = opening;
    this.sources.clear();
    this.store.load(EMPTY);
    this.name.textContent = opening === "" ? "Cellbridge" : `Opening ${opening.split(/[/\\]/).at(-1) ?? ""} …`;
    this.name.title = "";
    this.drawDocument(true);
  }

  private drawDocument(other: boolean): void {
    document.body.classList.toggle("no-document", this.store.uri === "");
    this.outputs.load();
    this.sessions.setCurrent(this.store.uri);
    this.variables.setDocument(this.store.uri);
    this.plots.setDocument(this.store.uri);
    if (other) this.table.clear();
    this.drawState();
    void this.sessions.refresh();
  }

  private drawState(): void {
    const { kernel, uri } = this.store;
    const cells = this.store.ordered();
    this.kernel.textContent = uri === "" ? "" : describeKernel(kernel);
    this.kernel.dataset["state"] = kernel.state;
    this.queue.textContent = queueWords(cells);
    this.notices.showKernel(kernel.message ?? "");
    document.title = documentTitle(uri === "" ? "" : this.name.textContent, kernel, cells);
    this.tools.setEnabled("interrupt", kernel.state === "busy");
  }

  // --- views and tools --------------------------------------------------------------------------------

  /** The views next to the document. */
  private sideViews(): SideView[] {
    const { variables, plots } = this;
    return [
      { name: "variables", label: "Variables", element: variables.element, setVisible: (visible) => variables.setVisible(visible) },
      { name: "table", label: "Table", element: this.table.element, setVisible: (visible) => visible && this.table.attached() },
      { name: "plots", label: "Plots", element: plots.element, setVisible: (visible) => plots.setVisible(visible) },
    ];
  }

  private openTable(path: string[], name: string): void {
    this.table.open(this.store.uri, path, name);
    this.side.show("table");
  }

  private createTools(): ToolBar {
    return new ToolBar([
      ["menu", "sessions", "Sessions", () => this.toggleSessions()],
      ["run", "runAll", "Run all cells", () => this.command("cellbridge.runAll", { wait: false })],
      ["interrupt", "stop", "Interrupt the kernel", () => this.command("cellbridge.interrupt")],
      ["restart", "restart", "Restart the kernel", () => this.command("cellbridge.restart")],
      ["clear", "clear", "Clear all outputs", () => this.command("cellbridge.clearOutputs")],
      ["search", "search", "Search code and outputs", () => this.outputs.openSearch()],
      ["code", "code", "Show the code of all cells", () => this.toggleAllCode()],
      ["follow", "follow", "Follow the editor and the running cell", () => this.toggleFollow()],
      ["side", "side", "Variables, tables and plots", () => this.side.toggle()],
      ["theme", "theme", "Light or dark", () => this.nextTheme()],
      ["print", "print", "Print", () => void printPage(() => this.outputs.drawAll(true))],
      ["help", "help", "Keys", () => this.openHelp()],
    ]);
  }

  private drawTools(): void {
    this.tools.setPressed("code", this.sources.shown);
    this.tools.setPressed("follow", this.outputs.following);
    this.tools.setPressed("side", this.side.view !== undefined);
    this.tools.setLabel("theme", `Colours: ${this.preferences.theme === "auto" ? "as the system" : this.preferences.theme}`);
    storePreferences(this.preferences);
  }

  private toggleCode(id: string): void {
    this.sources.toggle(id);
    this.outputs.updateSources([id]);
  }

  private toggleAllCode(): void {
    this.preferences.code = !this.sources.shown;
    this.sources.showAll(this.preferences.code);
    this.outputs.updateSources();
    this.drawTools();
  }

  private toggleFollow(): void {
    this.preferences.follow = !this.outputs.following;
    this.outputs.follow(this.preferences.follow);
    this.drawTools();
  }

  private nextTheme(): void {
    const { theme } = this.preferences;
    this.preferences.theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
    this.applyTheme();
    this.outputs.redraw();
    this.drawTools();
  }

  private applyTheme(): void {
    document.documentElement.dataset["theme"] = this.preferences.theme;
  }

  private sideChanged(name: string | undefined): void {
    document.body.classList.toggle("side-open", name !== undefined);
    this.drawTools();
  }

  /** On a wide screen the list is next to the document, on a narrow one above it. */
  private toggleSessions(): void {
    if (isNarrow()) document.body.classList.toggle("menu-open");
    else {
      this.preferences.sessions = !this.preferences.sessions;
      storePreferences(this.preferences);
    }
    document.body.classList.toggle("sessions-closed", !this.preferences.sessions);
    void this.sessions.refresh();
  }

  private sessionsVisible(): boolean {
    return this.sessions.element.offsetParent !== null;
  }
}

function isNarrow(): boolean {
  return window.matchMedia("(max-width: 860px)").matches;
}

new Page();
