/**
 * Runs the text of ES modules.
 *
 * The policy of the frame allows no module from any address, and so not from `blob:`, where libraries such
 * as anywidget put the source of a widget. So a module is compiled to an async function, in which its
 * imports are parameters and its exports are the result.
 */

import { parse, type Node } from "acorn";

export type ModuleExports = Record<string, unknown>;
/** Return a module that is part of the frame; undefined for any other name. */
export type Provided = (name: string) => ModuleExports | undefined;

interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The names of the parameters of compiled functions. */
const IMPORT = "cellbridgeImport";
const MODULES = "cellbridgeModules";
const DEFAULT = "cellbridgeDefault";

export interface CompiledModule {
  /** The body of an async function with the parameters `cellbridgeImport` and `cellbridgeModules`. */
  body: string;
  /** The modules that it imports, in the order of `cellbridgeModules`. */
  imports: string[];
}

/** Compile the text of an ES module. */
export function compileModule(text: string): CompiledModule {
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const edits = dynamicImports(program);
  const imports: string[] = [];
  const head: string[] = [];
  const exported: string[] = [];
  const moduleOf = (name: string): string => `${MODULES}[${imports.push(name) - 1}]`;
  for (const node of program.body) {
    if (node.type === "ImportDeclaration") {
      const from = moduleOf(String(node.source.value));
      for (const part of node.specifiers) {
        const local = part.local.name;
        if (part.type === "ImportNamespaceSpecifier") head.push(`const ${local} = ${from};`);
        else head.push(`const ${local} = ${from}[${part.type === "ImportSpecifier" ? quoted(part.imported) : '"default"'}];`);
      }
      edits.push({ start: node.start, end: node.end, text: "" });
    } else if (node.type === "ExportAllDeclaration") {
      const from = moduleOf(String(node.source.value));
      exported.push(node.exported == null ? `...without(${from})` : `${quoted(node.exported)}: ${from}`);
      edits.push({ start: node.start, end: node.end, text: "" });
    } else if (node.type === "ExportNamedDeclaration" && node.declaration != null) {
      edits.push({ start: node.start, end: node.declaration.start, text: "" });
      exported.push(...declaredNames(node.declaration).map((name) => `${name}: ${name}`));
    } else if (node.type === "ExportNamedDeclaration") {
      const from = node.source == null ? undefined : moduleOf(String(node.source.value));
      for (const part of node.specifiers) {
        exported.push(`${quoted(part.exported)}: ${from === undefined ? nameOf(part.local) : `${from}[${quoted(part.local)}]`}`);
      }
      edits.push({ start: node.start, end: node.end, text: "" });
    } else if (node.type === "ExportDefaultDeclaration") {
      const { declaration } = node;
      const named = declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration" ? declaration.id : null;
      edits.push({ start: node.start, end: declaration.start, text: named === null ? `const ${DEFAULT} = ` : "" });
      if (named === null) edits.push({ start: node.end, end: node.end, text: ";" });
      exported.push(`"default": ${named === null ? DEFAULT : named.name}`);
    }
  }
  const without = exported.some((one) => one.startsWith("...")) ? "const without = ({ default: _, ...rest }) => rest;" : "";
  // On the first line, so that the lines of errors are those of the source.
  const body = `"use strict"; ${head.join(" ")} ${without} ${applyEdits(text, edits)}\nreturn { ${exported.join(", ")} };`;
  return { body, imports };
}

/** Return the text of a script, with its dynamic imports as calls of the parameter `cellbridgeImport`. */
export function compileScript(text: string): string {
  if (!/\bimport\s*(?:\(|\/\*)/.test(text)) return text;
  try {
    return applyEdits(text, dynamicImports(parse(text, { ecmaVersion: "latest", sourceType: "script", allowReturnOutsideFunction: true })));
  } catch {
    // The browser names the error when it runs the script.
    return text;
  }
}

/** Imports modules by address, for `import()` and `import` in compiled code. */
export class EsModules {
  private readonly blobs = new Map<string, Blob>();

  constructor(private readonly provided: Provided) {
    // A module by `blob:` is found by its content.
    const create = URL.createObjectURL.bind(URL);
    const revoke = URL.revokeObjectURL.bind(URL);
    URL.createObjectURL = (content) => {
      const url = create(content);
      if (content instanceof Blob) this.blobs.set(url, content);
      return url;
    };
    URL.revokeObjectURL = (url) => {
      this.blobs.delete(url);
      revoke(url);
    };
  }

  readonly import = async (specifier: unknown): Promise<ModuleExports> => {
    const name = String(specifier);
    const provided = this.provided(name);
    if (provided !== undefined) return provided;
    return await this.run(await this.textOf(name));
  };

  /** Run the text of a module. Return its exports. */
  async run(text: string): Promise<ModuleExports> {
    const { body, imports } = compileModule(text);
    const modules = await Promise.all(imports.map(this.import));
    const compiled = new AsyncFunction(IMPORT, MODULES, body);
    return (await compiled(this.import, modules)) as ModuleExports;
  }

  private async textOf(address: string): Promise<string> {
    const blob = this.blobs.get(address);
    if (blob !== undefined) return await blob.text();
    const data = /^data:[^,]*?(;base64)?,(.*)$/s.exec(address);
    if (data !== null) {
      const [, base64, content = ""] = data;
      if (base64 === undefined) return decodeURIComponent(content);
      return new TextDecoder().decode(Uint8Array.from(atob(decodeURIComponent(content)), (letter) => letter.charCodeAt(0)));
    }
    throw new Error(`It imports ${address}, and widgets have no network. Bundle the import into the widget's code.`);
  }
}

/** The constructor of async functions, which has no name of its own. */
const AsyncFunction = (Object.getPrototypeOf(async () => Promise.resolve()) as { constructor: unknown }).constructor as new (
  ...texts: string[]
) => (...given: unknown[]) => Promise<unknown>;

function applyEdits(text: string, edits: readonly Edit[]): string {
  let made = "";
  let from = 0;
  for (const edit of [...edits].sort((one, other) => one.start - other.start || one.end - other.end)) {
    made += text.slice(from, edit.start) + edit.text;
    // The lines of errors stay those of the source.
    made += "\n".repeat(text.slice(edit.start, edit.end).split("\n").length - 1);
    from = edit.end;
  }
  return made + text.slice(from);
}

/** Return edits that replace `import(…)` by a call, and `import.meta` by an object. */
function dynamicImports(program: Node): Edit[] {
  const edits: Edit[] = [];
  const waiting: unknown[] = [program];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (isNode(node)) {
      const { type, start, end } = node;
      if (type === "ImportExpression") edits.push({ start, end: start + "import".length, text: IMPORT });
      if (type === "MetaProperty" && "meta" in node && isNode(node.meta) && "name" in node.meta && node.meta.name === "import") {
        edits.push({ start, end, text: '({ url: "" })' });
        continue;
      }
    }
    for (const part of Object.values(node as object)) {
      if (typeof part === "object" && part !== null && !(part instanceof RegExp)) waiting.push(part);
    }
  }
  return edits;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Return the names that a declaration declares. */
function declaredNames(declaration: Node): string[] {
  const names: string[] = [];
  const waiting: unknown[] = "declarations" in declaration ? (declaration.declarations as { id: unknown }[]).map(({ id }) => id) : [(declaration as { id?: unknown }).id];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!isNode(node)) continue;
    const parts = node as unknown as Record<string, unknown>;
    // Only the targets of a pattern declare names, and not its keys and default values.
    if (node.type === "Identifier") names.push(String(parts["name"]));
    else if (node.type === "ObjectPattern") waiting.push(...(parts["properties"] as unknown[]));
    else if (node.type === "ArrayPattern") waiting.push(...(parts["elements"] as unknown[]).filter((one) => one !== null));
    else if (node.type === "Property") waiting.push(parts["value"]);
    else if (node.type === "AssignmentPattern") waiting.push(parts["left"]);
    else if (node.type === "RestElement") waiting.push(parts["argument"]);
  }
  return names;
}

function nameOf(node: { type: string; name?: unknown; value?: unknown }): string {
  return String(node.type === "Identifier" ? node.name : node.value);
}

function quoted(node: { type: string; name?: unknown; value?: unknown }): string {
  return JSON.stringify(nameOf(node));
}
