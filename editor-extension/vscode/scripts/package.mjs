// Packs the extension with the server's wheel into dist/cellbridge.vsix, or where the first argument
// says. PYTHON names the Python that builds the wheel: the checkout's .venv or python3 without it.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX } from "@vscode/vsce";

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.join(here, "..", "..");
const local = path.join(root, ".venv", "bin", "python");
const python = process.env.PYTHON ?? (existsSync(local) ? local : "python3");

rmSync(path.join(here, "server"), { recursive: true, force: true });
mkdirSync(path.join(here, "server"));
copyFileSync(path.join(root, "LICENSE"), path.join(here, "LICENSE"));
const quiet = ["--quiet", "--disable-pip-version-check", "--no-deps"];
execFileSync(python, ["-m", "pip", "wheel", ...quiet, `--wheel-dir=${path.join(here, "server")}`, root], {
  stdio: "inherit",
});
execFileSync(process.execPath, [path.join(here, "scripts", "build.mjs")], { stdio: "inherit" });
await createVSIX({
  cwd: here,
  packagePath: path.resolve(process.argv[2] ?? path.join(here, "dist", "cellbridge.vsix")),
  dependencies: false,
});
