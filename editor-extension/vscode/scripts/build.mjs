// Bundles the extension into dist/extension.js; with the word "unit", its unit tests, and with
// "host FOLDER", the tests that run inside VS Code's extension host, into that folder.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tests = path.join(here, "..", "..", "tests", "editors", "vscode");
const common = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode", "mocha"],
  nodePaths: [path.join(here, "node_modules")],
  logLevel: "warning",
  absWorkingDir: here,
};
const all = (folder) => {
  const names = readdirSync(path.join(tests, folder)).filter((name) => name.endsWith(".test.ts"));
  return {
    contents: names.map((name) => `import ${JSON.stringify(`./${name}`)};`).join("\n"),
    resolveDir: path.join(tests, folder),
    loader: "ts",
  };
};

/** The page of the panel and of notebook outputs is built where it lies, and taken over. */
function page() {
  const panel = path.join(here, "..", "panel");
  if (!existsSync(path.join(panel, "node_modules"))) {
    throw new Error("The packages of the page are missing: run `npm ci` in editor-extension/panel.");
  }
  execFileSync(process.execPath, ["build.mjs"], { cwd: panel, stdio: "inherit" });
  rmSync(path.join(here, "dist", "panel"), { recursive: true, force: true });
  cpSync(path.join(panel, "dist"), path.join(here, "dist", "panel"), { recursive: true });
}

const [what, folder] = process.argv.slice(2);
if (what === "unit") {
  await build({ ...common, stdin: all("unit"), outfile: "dist/test/unit.cjs" });
} else if (what === "host") {
  await build({ ...common, stdin: all("host"), outfile: path.join(folder, "suite.cjs") });
} else {
  page();
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    minify: true,
    sourcemap: true,
  });
}
