/**
 * Finds the Python interpreter that runs the server.
 *
 * Owns the order of the candidates. installation.ts installs the server, and serverStarter.ts shows
 * messages.
 */
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { type Interpreter, checkInterpreter } from "./interpreterCheck";

/** A command that starts Cellbridge, without its subcommand, and the reason for choosing it. */
export interface Launch {
  command: string;
  args: string[];
  why: string;
}

/** A Python that may have the package `cellbridge`. */
interface Candidate {
  python: string;
  why: string;
}

/** No Python with `cellbridge` was found. `withoutServer` lists those that exist without it. */
export class ServerNotFoundError extends Error {
  constructor(
    message: string,
    readonly withoutServer: string[],
  ) {
    super(message);
  }
}

const BIN = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];

/** Return the Python of a virtual environment. */
export function pythonOf(environment: string): string {
  return path.join(environment, ...BIN);
}

/**
 * Return the command that starts Cellbridge: with the interpreter of the setting, otherwise with the
 * first that has `cellbridge` of: the active interpreter, the workspace's environment, the private
 * environment, the PATH.
 */
export async function findLaunch(
  privateEnvironment: string,
  log: vscode.LogOutputChannel,
): Promise<Launch> {
  const configured = configuredInterpreter();
  if (configured !== undefined) {
    const found = await checkInterpreter(configured);
    if (found.kind !== "ready") {
      throw new ServerNotFoundError(
        `The setting cellbridge.server.interpreter is ${configured}, ${describeProblem(found)}`,
        found.kind === "bare" ? [configured] : [],
      );
    }
    return launchOf(configured, "set by cellbridge.server.interpreter");
  }
  const withoutServer: string[] = [];
  const problems: string[] = [];
  for (const candidate of await candidates(privateEnvironment)) {
    const found = await checkInterpreter(candidate.python);
    if (found.kind === "ready") {
      return launchOf(candidate.python, candidate.why);
    }
    const why = found.kind === "absent" ? ` ${found.why}` : "";
    problems.push(`${candidate.python} (${candidate.why}), ${describeProblem(found)}${why}`);
    if (found.kind === "bare") {
      withoutServer.push(candidate.python);
    }
  }
  for (const answer of problems) {
    log.info(`Searched for the server: ${answer}`);
  }
  throw new ServerNotFoundError("Cellbridge is not installed in any Python that was found.", withoutServer);
}

/** Return the Pythons that can create a private environment, the best candidate first. */
export async function basePythons(): Promise<string[]> {
  const active = await activeInterpreter();
  const named = configuredInterpreter();
  const usual = process.platform === "win32" ? ["py", "python"] : ["python3", "python"];
  return [named, active, ...usual].filter((one) => one !== undefined);
}

function configuredInterpreter(): string | undefined {
  const value = vscode.workspace.getConfiguration("cellbridge").get<string>("server.interpreter");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? os.homedir();
  const text = value?.trim().replaceAll("${workspaceFolder}", folder);
  return text ? text.replace(/^~(?=[\\/])/, os.homedir()) : undefined;
}

async function candidates(privateEnvironment: string): Promise<Candidate[]> {
  const active = await activeInterpreter();
  const folders = vscode.workspace.workspaceFolders ?? [];
  const own = folders
    .filter((folder) => folder.uri.scheme === "file")
    .flatMap((folder) => [".venv", "venv"].map((name) => path.join(folder.uri.fsPath, name)));
  const usual = process.platform === "win32" ? "python" : "python3";
  return [
    ...(active === undefined ? [] : [{ python: active, why: "the active interpreter" }]),
    ...own.map((one) => ({ python: pythonOf(one), why: "the workspace's environment" })),
    { python: pythonOf(privateEnvironment), why: "the extension's private environment" },
    { python: usual, why: "found on the PATH" },
  ];
}

/** Return the active interpreter of the Python extension, if that is installed. */
async function activeInterpreter(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (extension === undefined) {
    return undefined;
  }
  try {
    const api = extension.isActive ? extension.exports : await extension.activate();
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const chosen = api.environments?.getActiveEnvironmentPath(folder);
    const resolved = chosen && (await api.environments?.resolveEnvironment(chosen));
    return resolved?.executable?.uri?.fsPath ?? chosen?.path;
  } catch {
    return undefined; // an error of another extension, which reports it itself
  }
}

/** The used part of the Python extension's public interface. */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(
      environment: { path: string },
    ): Promise<{ executable?: { uri?: vscode.Uri } } | undefined>;
  };
}

function describeProblem(found: Interpreter): string {
  switch (found.kind) {
    case "absent":
      return "which cannot be started.";
    case "old":
      return `which is Python ${found.version}. Cellbridge needs 3.11 or newer.`;
    default:
      return "in which Cellbridge is not installed.";
  }
}

function launchOf(python: string, why: string): Launch {
  // -P: do not import a folder named cellbridge from the working directory.
  return { command: python, args: ["-P", "-m", "cellbridge"], why };
}
