// Bundles the extension into dist/extension.js; with the word "unit", its unit tests, and with
// "host FOLDER", the tests that run inside VS Code's extension host, into that folder.
import { build } from "esbuild";
import { readdirSync } from "node:fs";
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

const [what, folder] = process.argv.slice(2);
if (what === "unit") {
  await build({ ...common, stdin: all("unit"), outfile: "dist/test/unit.cjs" });
} else if (what === "host") {
  await build({ ...common, stdin: all("host"), outfile: path.join(folder, "suite.cjs") });
} else {
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    minify: true,
    sourcemap: true,
  });
}
