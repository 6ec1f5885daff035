/**
 * Loads the JavaScript modules of widgets from the kernel's environment.
 *
 * A module is an AMD module (`nbextensions`), or a federated extension of JupyterLab (`labextensions`). Both
 * get the libraries of the frame, so that all widgets have the same base classes.
 */

import { IJupyterWidgetRegistry } from "@jupyter-widgets/base";

import type { ModuleFile } from "../frameMessages";
import { compileScript, EsModules, type ModuleExports, type Provided } from "./esModules";

/** Gets a file of a module, its entry if `path` is empty. */
export type FetchFile = (module: string, version: string, path: string) => Promise<ModuleFile>;

/** A library of the frame. Federated extensions require a version. */
export interface Library {
  version: string;
  exports: ModuleExports;
}

/** The addresses of scripts of federated extensions. Nothing is ever loaded from them. */
const SCRIPTS = "https://widgets.invalid/";

/** A file with its place, for relative dependencies. */
interface Place {
  module: string;
  version: string;
  path: string;
}

interface Definition {
  name: string | undefined;
  dependencies: string[];
  factory: unknown;
}

export class ModuleLoader {
  private readonly loaded = new Map<string, Promise<unknown>>();
  private readonly shared: SharedScope;
  private readonly esModules: EsModules;
  private currentScript: HTMLScriptElement | null = null;

  constructor(private readonly libraries: Record<string, Library>, private readonly fetchFile: FetchFile) {
    const provided: Provided = (name) => this.library(name);
    this.esModules = new EsModules(provided);
    this.shared = Object.fromEntries(Object.entries(libraries).map(([name, { version, exports }]) => [name, share(version, exports)]));
    this.serveScripts();
  }

  /** Load a module. Return its exports. Errors are sentences for the user. */
  async load(module: string, version: string): Promise<ModuleExports> {
    const known = this.library(module);
    if (known !== undefined) return known;
    return (await this.once(module, () => this.loadEntry(module, version))) as ModuleExports;
  }

  private library(name: string): ModuleExports | undefined {
    return Object.hasOwn(this.libraries, name) ? this.libraries[name]?.exports : undefined;
  }

  private once(key: string, load: () => Promise<unknown>): Promise<unknown> {
    const known = this.loaded.get(key) ?? load();
    this.loaded.set(key, known);
    return known;
  }

  private async loadEntry(module: string, version: string): Promise<unknown> {
    const { format, text } = await this.fetchFile(module, version, "");
    return format === "amd" ? await this.runAmd({ module, version, path: "index.js" }, text) : await this.runFederated(module, text);
  }

  /** Run the text of an AMD module. Return its value. */
  private async runAmd(place: Place, text: string): Promise<unknown> {
    const definitions: Definition[] = [];
    const define = Object.assign((...given: unknown[]): void => void definitions.push(readDefinition(given)), { amd: {} });
    const require = (names: unknown, use?: (...values: unknown[]) => void, fail?: (error: unknown) => void): unknown => {
      if (typeof names === "string") return this.library(names);
      this.resolveAll(place, names as string[], new Map()).then((values) => use?.(...values), fail ?? ((error: unknown) => console.error(error)));
      return undefined;
    };
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const run = new Function("define", "require", "requirejs", "cellbridgeImport", `${compileScript(text)}\n//# sourceURL=${place.module}/${place.path}`);
    run.call(window, define, Object.assign(require, { config: () => undefined }), require, this.esModules.import);
    const main = definitions.find(({ name }) => name === undefined || name === place.module) ?? definitions.at(-1);
    if (main === undefined) throw new Error(`The module ${place.module} has no AMD definition. Install a version for ipywidgets 8.`);
    const named = new Map(definitions.flatMap((one) => (one.name === undefined || one === main ? [] : [[one.name, one] as const])));
    return await this.runDefinition(place, main, named);
  }

  private async runDefinition(place: Place, { dependencies, factory }: Definition, named: Map<string, Definition>): Promise<unknown> {
    if (typeof factory !== "function") return factory;
    const exports: ModuleExports = {};
    const module = { exports: exports as unknown, id: place.module, uri: "" };
    const special: Record<string, unknown> = { exports, module };
    const values = await this.resolveAll(place, dependencies.filter((name) => !(name in special) && name !== "require"), named);
    const found = new Map<string, unknown>(dependencies.filter((name) => !(name in special) && name !== "require").map((name, at) => [name, values[at]]));
    special["require"] = Object.assign((name: string) => found.get(name) ?? this.library(name), { toUrl: (path: string) => path });
    const value: unknown = (factory as (...given: unknown[]) => unknown)(...dependencies.map((name) => (name in special ? special[name] : found.get(name))));
    return value ?? module.exports;
  }

  private resolveAll(place: Place, names: readonly string[], named: Map<string, Definition>): Promise<unknown[]> {
    return Promise.all(names.map((name) => this.resolve(place, name, named)));
  }

  /** Return the value of a dependency of a file. */
  private async resolve(place: Place, name: string, named: Map<string, Definition>): Promise<unknown> {
    const known = this.library(name);
    if (known !== undefined) return known;
    const definition = named.get(name);
    if (definition !== undefined) return await this.once(`${place.module}!${name}`, () => this.runDefinition(place, definition, named));
    const resource = /^(css|text)!(.+)$/.exec(name);
    if (resource !== null) {
      const [, kind, path = ""] = resource;
      const wanted = kind === "css" && !path.endsWith(".css") ? `${path}.css` : path;
      const { text } = await this.fetchFile(place.module, place.version, relativePath(place.path, wanted));
      if (kind === "css") addStyle(text);
      return text;
    }
    if (!name.startsWith(".")) return await this.load(name, "");
    const path = relativePath(place.path, name.endsWith(".js") ? name : `${name}.js`);
    const file = async (): Promise<unknown> => {
      const { text } = await this.fetchFile(place.module, place.version, path);
      return await this.runAmd({ ...place, path }, text);
    };
    return await this.once(`${place.module}/${path}`, file);
  }

  /**
   * Run the entry of a federated extension, again with each further extension that it requires, for example
   * bqplot with bqscales. Return what it registers.
   */
  private async runFederated(module: string, text: string): Promise<unknown> {
    for (;;) {
      try {
        // A new container each time: one that has failed keeps incomplete modules.
        const container = this.createContainer(module, text);
        await container.init(this.shared);
        return await findRegistered(container, module);
      } catch (error) {
        const name = /Shared module (\S+) doesn't exist/.exec(error instanceof Error ? error.message : "")?.[1];
        if (name === undefined || name in this.shared) throw error;
        await this.addShared(name);
      }
    }
  }

  /** Share a further module. A federated extension shares itself when its container starts. */
  private async addShared(name: string): Promise<void> {
    const { format, text, version } = await this.fetchFile(name, "", "");
    if (format === "federated") await this.createContainer(name, text).init(this.shared);
    else this.shared[name] = share(version || "0.0.0", await this.load(name, ""));
    if (!(name in this.shared)) throw new Error(`The extension ${name} does not share its module.`);
  }

  private createContainer(module: string, text: string): FederatedContainer {
    const script = document.createElement("script");
    script.src = `${SCRIPTS}${encodeURIComponent(module)}/static/remoteEntry.js`;
    const shared = window as unknown as { _JUPYTERLAB?: Record<string, FederatedContainer | undefined>; cellbridgeImport?: unknown };
    shared.cellbridgeImport = this.esModules.import;
    this.runScript(script, text);
    const container = shared._JUPYTERLAB?.[module];
    if (container === undefined) throw new Error(`The extension ${module} has no entry. Install a version for JupyterLab 4.`);
    return container;
  }

  /** Run a script in the global scope, as an element of the page. */
  private runScript(script: HTMLScriptElement, text: string): void {
    const before = this.currentScript;
    this.currentScript = script;
    try {
      // Called by another name, `eval` runs in the global scope.
      const run = globalThis.eval;
      run(`${compileScript(text)}\n//# sourceURL=${script.src}`);
    } finally {
      this.currentScript = before;
    }
  }

  /** Load the parts of federated extensions. They add a script element for each part. */
  private serveScripts(): void {
    const own = Object.getOwnPropertyDescriptor(document, "currentScript");
    Object.defineProperty(document, "currentScript", {
      configurable: true,
      get: (): unknown => this.currentScript ?? (own?.get?.call(document) as unknown) ?? null,
    });
    const append = Reflect.get(Node.prototype, "appendChild") as (this: Node, node: Node) => Node;
    const load = (script: HTMLScriptElement): void => void this.serve(script);
    Node.prototype.appendChild = function <T extends Node>(this: Node, node: T): T {
      if (node instanceof HTMLScriptElement && node.src.startsWith(SCRIPTS)) load(node);
      else append.call(this, node);
      return node;
    };
  }

  private async serve(script: HTMLScriptElement): Promise<void> {
    const [module = "", ...path] = script.src.slice(SCRIPTS.length).split(/[?#]/, 1).join("").split("/");
    try {
      const { text } = await this.fetchFile(decodeURIComponent(module), "", path.join("/"));
      this.runScript(script, text);
      script.dispatchEvent(new Event("load"));
    } catch (error) {
      console.error(error);
      script.dispatchEvent(new Event("error"));
    }
  }
}

/** The modules that federated extensions share, by name and version. */
type SharedScope = Record<string, Record<string, object>>;

function share(version: string, exports: ModuleExports): Record<string, object> {
  return { [version]: { get: () => Promise.resolve(() => exports), from: "cellbridge", eager: true, loaded: 1 } };
}

interface FederatedContainer {
  init(scope: object): unknown;
  get(entry: string): Promise<() => unknown>;
}

interface LabPlugin {
  requires?: unknown[];
  optional?: unknown[];
  activate?(app: object, ...services: unknown[]): unknown;
}

/** Return the exports that an extension registers for a module. */
async function findRegistered(container: FederatedContainer, module: string): Promise<unknown> {
  const registered = new Map<string, unknown>();
  const missing: unknown[] = [];
  for (const entry of ["./extension", "./index"]) {
    const factory = await container.get(entry).catch((error: unknown) => void missing.push(error));
    if (factory !== undefined) await activatePlugins(factory(), registered);
    const found = registered.get(module);
    if (found !== undefined) return await (typeof found === "function" ? Promise.resolve((found as () => unknown)()) : Promise.resolve(found));
  }
  throw missing[0] instanceof Error ? missing[0] : new Error(`The extension ${module} registers no widgets.`);
}

/** Activate the plugins of an extension that register widgets. */
async function activatePlugins(exported: unknown, registered: Map<string, unknown>): Promise<void> {
  const plugins = [(exported as { default?: unknown }).default ?? exported].flat() as LabPlugin[];
  const registry = {
    registerWidget: ({ name, exports }: { name: string; exports: unknown }): void => void registered.set(name, exports),
  };
  for (const plugin of plugins) {
    const services = [...(plugin.requires ?? []), ...(plugin.optional ?? [])];
    if (!services.includes(IJupyterWidgetRegistry)) continue;
    await plugin.activate?.({}, ...services.map((token) => (token === IJupyterWidgetRegistry ? registry : null)));
  }
}

/** Read the arguments of `define`: an optional name, optional dependencies, and a factory. */
function readDefinition(given: readonly unknown[]): Definition {
  const rest = [...given];
  const name = typeof rest[0] === "string" ? (rest.shift() as string) : undefined;
  const listed = Array.isArray(rest[0]) ? (rest.shift() as string[]) : undefined;
  const factory = rest[0];
  if (listed !== undefined || typeof factory !== "function" || factory.length === 0) return { name, dependencies: listed ?? [], factory };
  // Without a list, the factory gets `require`, and its calls of it are the dependencies.
  const called = [...String(factory).matchAll(/\brequire\s*\(\s*["']([^"']+)["']\s*\)/g)].map((match) => match[1] ?? "");
  return { name, dependencies: ["require", "exports", "module", ...called], factory };
}

/** Return a path relative to the folder of a file. It never leaves the module. */
function relativePath(file: string, path: string): string {
  const parts = file.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function addStyle(text: string): void {
  const style = document.createElement("style");
  style.textContent = text;
  document.head.append(style);
}
