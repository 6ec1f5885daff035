// Bundles the unit tests of the page with what they test, and runs them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const panel = join(here, "../../../editor-extension/panel");
const { buildSync } = createRequire(join(panel, "package.json"))("esbuild");
const outdir = mkdtempSync(join(tmpdir(), "panel-unit-"));
const entryPoints = readdirSync(join(here, "unit")).map((name) => join(here, "unit", name));
buildSync({
  entryPoints,
  outdir,
  bundle: true,
  platform: "node",
  format: "esm",
  outExtension: { ".js": ".mjs" },
  // The large libraries are loaded by a browser only.
  external: ["./*Library", "./bokehWidgets", "cellbridge:*"],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  loader: { ".inline.js": "text" },
  logLevel: "warning",
});
const files = readdirSync(outdir).map((name) => join(outdir, name));
const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
rmSync(outdir, { recursive: true });
process.exit(status ?? 1);
