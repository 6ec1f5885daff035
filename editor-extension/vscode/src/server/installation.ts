/**
 * Installation of the server in a private environment of the extension, and of the packages for agents.
 *
 * Owns that environment: a folder in the extension's storage, named by the version of the bundled wheel.
 * It is created only when the user agrees. The packages for agents are installed into the Python of the
 * server, also only when the user agrees. Nothing else on the machine is changed.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { basePythons, pythonOf } from "./launch";
import { checkInterpreter } from "./interpreterCheck";
import { explainFailure } from "./installationErrors";

const SERVER = "the Cellbridge server";
const AGENT_TOOLS = "Cellbridge's tools for agents";
const PIP_INSTALL = ["-P", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"];

/** The installation failed. The message is shown to the user. */
export class InstallationError extends Error {}

/** Return the path of the private environment, which may not exist yet. */
export function privateEnvironment(context: vscode.ExtensionContext): string {
  const { version } = context.extension.packageJSON as { version: string };
  return path.join(context.globalStorageUri.fsPath, `server-${version}`);
}

/** Return true if the user agreed to an installation before, also of an older version. */
export async function wasInstalledBefore(context: vscode.ExtensionContext): Promise<boolean> {
  const names = await fs.readdir(context.globalStorageUri.fsPath).catch(() => []);
  return names.some((name) => name.startsWith("server-"));
}

/** Create the environment and remove older ones, with a progress notification. */
export async function install(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<void> {
  await withProgress("Installing the Cellbridge server", async (progress, token) => {
    const goal = privateEnvironment(context);
    const storage = path.dirname(goal);
    await fs.mkdir(storage, { recursive: true });
    progress.report({ message: "searching for Python 3.11 or newer" });
    const base = await findBasePython();
    await fs.rm(goal, { recursive: true, force: true });
    try {
      progress.report({ message: "creating a virtual environment" });
      await runStep(SERVER, base, ["-P", "-m", "venv", goal], log, token);
      progress.report({ message: "downloading packages, about 30 MB" });
      const wheel = await bundledWheel(context);
      await runStep(SERVER, pythonOf(goal), [...PIP_INSTALL, wheel ?? "cellbridge"], log, token);
    } catch (error) {
      await fs.rm(goal, { recursive: true, force: true });
      throw error;
    }
    // Last, so that an older environment remains until the new one is complete.
    for (const name of await fs.readdir(storage)) {
      if (name.startsWith("server-") && name !== path.basename(goal)) {
        await fs.rm(path.join(storage, name), { recursive: true, force: true });
      }
    }
  });
}

/** Install the packages that `cellbridge mcp` needs into the Python of the server. */
export async function installAgentTools(log: vscode.LogOutputChannel, python: string): Promise<void> {
  await withProgress("Installing Cellbridge's tools for agents", async (progress, token) => {
    progress.report({ message: "downloading packages" });
    // The server is installed there, so only the packages of its extra are downloaded.
    await runStep(AGENT_TOOLS, python, [...PIP_INSTALL, "cellbridge[mcp]"], log, token);
  });
}

async function withProgress(
  title: string,
  task: (progress: vscode.Progress<{ message: string }>, token: vscode.CancellationToken) => Promise<void>,
): Promise<void> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  await vscode.window.withProgress(options, task);
}

/** Return the wheel that is bundled with the extension. */
async function bundledWheel(context: vscode.ExtensionContext): Promise<string | undefined> {
  const folder = path.join(context.extensionPath, "server");
  const names = await fs.readdir(folder).catch(() => []);
  const wheel = names.find((name) => name.endsWith(".whl"));
  return wheel && path.join(folder, wheel);
}

async function findBasePython(): Promise<string> {
  const rejected: string[] = [];
  for (const python of await basePythons()) {
    const found = await checkInterpreter(python);
    if (found.kind === "ready" || found.kind === "bare") {
      return python;
    }
    rejected.push(found.kind === "old" ? `${python} is ${found.version}` : `${python} was not found`);
  }
  throw new InstallationError(
    `Cellbridge needs Python 3.11 or newer, and none was found: ${rejected.join(", ")}. Install ` +
      "Python, or set cellbridge.server.interpreter.",
  );
}

/** Run one step of an installation. Its output goes to the log. */
async function runStep(
  what: string,
  program: string,
  args: string[],
  log: vscode.LogOutputChannel,
  token: vscode.CancellationToken,
): Promise<void> {
  log.info(`${program} ${args.join(" ")}`);
  const child = spawn(program, args, { windowsHide: true, stdio: ["ignore", "pipe", "pipe"] });
  const stop = token.onCancellationRequested(() => child.kill());
  const output: string[] = [];
  const record = (data: Buffer) => {
    const text = data.toString().trimEnd();
    log.info(text);
    output.push(text);
    output.splice(0, output.length - 20);
  };
  child.stdout.on("data", record);
  child.stderr.on("data", record);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (token.isCancellationRequested) {
      throw new vscode.CancellationError();
    }
    if (code !== 0) {
      throw new InstallationError(explainFailure(what, output.join("\n"), code));
    }
  } finally {
    stop.dispose();
  }
}
