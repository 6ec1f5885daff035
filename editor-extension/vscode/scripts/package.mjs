// Packs the extension with the server's wheel into dist/cellbridge.vsix, or into the file of the first
// argument. PYTHON is the Python that builds the wheel; the default is the checkout's .venv or python3.
//
// All files are created in a temporary folder, so that two runs can pack at once.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX } from "@vscode/vsce";
import { bundle } from "./build.mjs";

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.join(here, "..", "..");
const local = path.join(root, ".venv", "bin", "python");
const python = process.env.PYTHON ?? (existsSync(local) ? local : "python3");
const packagePath = path.resolve(process.argv[2] ?? path.join(here, "dist", "cellbridge.vsix"));

const staged = mkdtempSync(path.join(tmpdir(), "cellbridge-vsix-"));
try {
  for (const name of [".vscodeignore", "README.md", "media", "package.json"]) {
    cpSync(path.join(here, name), path.join(staged, name), { recursive: true });
  }
  cpSync(path.join(root, "LICENSE"), path.join(staged, "LICENSE"));
  const wheels = `--wheel-dir=${path.join(staged, "server")}`;
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-deps"];
  execFileSync(python, ["-m", "pip", "wheel", ...quiet, wheels, root], { stdio: "inherit" });
  await bundle(path.join(staged, "dist"));
  mkdirSync(path.dirname(packagePath), { recursive: true });
  await createVSIX({ cwd: staged, packagePath, dependencies: false });
} finally {
  rmSync(staged, { recursive: true, force: true });
}
