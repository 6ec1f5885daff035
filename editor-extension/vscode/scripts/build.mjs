// Bundles the extension into dist/extension.js. With the argument "unit", bundles its unit tests. With
// "host FOLDER", bundles the tests for VS Code's extension host into that folder.
import { build } from "esbuild";
import { existsSync, readdirSync, rmSync } from "node:fs";
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

/** Bundle the extension and the page of the panel and of notebook outputs into a folder. */
export async function bundle(folder) {
  const panel = path.join(here, "..", "panel");
  if (!existsSync(path.join(panel, "node_modules"))) {
    throw new Error("The packages of the panel are missing: run `npm ci` in editor-extension/panel.");
  }
  const { FRAME_HASH, options } = await import("../../panel/build.mjs");
  const outdir = path.join(folder, "panel");
  rmSync(outdir, { recursive: true, force: true });
  await build({ ...options, outdir, absWorkingDir: panel });
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: path.join(folder, "extension.js"),
    define: { FRAME_HASH: JSON.stringify(FRAME_HASH) },
    minify: true,
    sourcemap: true,
  });
}

if (process.argv[1] === import.meta.filename) {
  const [what, folder] = process.argv.slice(2);
  if (what === "unit") {
    await build({ ...common, stdin: all("unit"), outfile: "dist/test/unit.cjs" });
  } else if (what === "host") {
    await build({ ...common, stdin: all("host"), outfile: path.join(folder, "suite.cjs") });
  } else {
    await bundle(path.join(here, "dist"));
  }
}
