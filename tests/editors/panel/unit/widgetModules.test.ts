import assert from "node:assert/strict";
import { test } from "node:test";
import { compileModule, compileScript, EsModules } from "../../../../editor-extension/panel/src/widgets/frame/esModules";

const esModules = new EsModules((name) => (name === "base" ? { default: "base", Model: 7 } : undefined));

test("all forms of exports have their values", async () => {
  const found = await esModules.run(`
    import base, { Model as M } from "base";
    import * as all from "base";
    export const one = 1, [two, { three = 3, ...rest }] = [2, { x: 9 }];
    export function four() { return one + two + 1; }
    export class Five {}
    const local = 6;
    export { local as six, M as seven, local };
    export { Model as eight } from "base";
    export default { four, base, all };
  `);
  const { one, two, three, rest, six, seven, eight, local } = found;
  assert.deepEqual({ one, two, three, rest, six, seven, eight, local }, { one: 1, two: 2, three: 3, rest: { x: 9 }, six: 6, seven: 7, eight: 7, local: 6 });
  assert.equal((found["four"] as () => number)(), 4);
  assert.equal((found["default"] as { base: string; all: { Model: number } }).base, "base");
});

test("default exports may be named, anonymous, or without a semicolon", async () => {
  assert.equal(await ((await esModules.run("export default async function render() { return render.name }"))["default"] as () => Promise<string>)(), "render");
  assert.equal(((await esModules.run("export default () => 1\nconst x = [0]\n;[1].forEach(() => x)"))["default"] as () => number)(), 1);
  assert.equal(((await esModules.run("export default function () { return 2 }\n(3)"))["default"] as () => number)(), 2);
  assert.equal(typeof (await esModules.run("export default class {}"))["default"], "function");
});

test("a module may wait, import data, and know no address", async () => {
  const found = await esModules.run(`
    const { answer } = await import("data:text/javascript,export const answer = 42");
    export { answer };
    export const url = import.meta.url;
  `);
  assert.deepEqual({ ...found }, { answer: 42, url: "" });
});

test("a module by blob: is found by its content", async () => {
  const url = URL.createObjectURL(new Blob(["export const value = 5"], { type: "text/javascript" }));
  assert.equal((await esModules.import(url))["value"], 5);
  URL.revokeObjectURL(url);
  await assert.rejects(esModules.import(url));
});

test("an import from the network is refused with its address", async () => {
  await assert.rejects(esModules.run('import x from "https://example.org/x.js"; export default x'), /imports https:\/\/example\.org\/x\.js, and widgets have no network/);
});

test("the lines of errors are those of the source", async () => {
  const { body } = compileModule('import {\n  Model\n} from "base";\nexport default Model;\nfail();');
  assert.equal(body.split("\n").findIndex((line) => line.includes("fail()")), 4);
});

test("a script keeps its text, apart from imports at run time", () => {
  assert.equal(compileScript("define(['a'], (a) => a.important())"), "define(['a'], (a) => a.important())");
  assert.equal(compileScript("const x = () => import(/* note */ 'a') // import(b)"), "const x = () => cellbridgeImport(/* note */ 'a') // import(b)");
  assert.equal(compileScript("import( is no code"), "import( is no code");
});
