/**
 * How the server is started: which Python, and why that one.
 *
 * Owns the order of the places that are looked at. It installs nothing and shows nothing; install.ts
 * and start.ts do.
 */
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { type Interpreter, checkInterpreter } from "./interpreterCheck";

/** A command that starts a server, with the reason for it in a few words. */
export interface Launch {
  command: string;
  args: string[];
  why: string;
}

/** A Python that may hold cellbridge. */
interface Candidate {
  python: string;
  why: string;
}

/** No Python with cellbridge was found; `looked` names those that are there without it. */
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
 * Return how to start the server: by the setting's interpreter, else by the first of the active
 * interpreter, the workspace's own environment, the private one and the PATH that has cellbridge.
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
        `The setting cellbridge.server.interpreter names ${configured}, ${describeProblem(found)}`,
        found.kind === "bare" ? [configured] : [],
      );
    }
    return launchOf(configured, "named by the setting cellbridge.server.interpreter");
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
    log.info(`Looked for the server: ${answer}`);
  }
  throw new ServerNotFoundError("cellbridge is not installed in any Python that was looked at.", withoutServer);
}

/** Return the Pythons that a private environment could be made with, the likeliest first. */
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
    { python: pythonOf(privateEnvironment), why: "the extension's own environment" },
    { python: usual, why: "found on the PATH" },
  ];
}

/** Return the interpreter that the Python extension has chosen, where that extension is there. */
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
    return undefined; // another extension's trouble, which it tells of itself
  }
}

/** The part of the Python extension's public interface that is used. */
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
      return `which is Python ${found.version}; cellbridge needs 3.11 or newer.`;
    default:
      return "in which cellbridge is not installed.";
  }
}

function launchOf(python: string, why: string): Launch {
  // -P: a folder named cellbridge where the server starts is not the package.
  return { command: python, args: ["-P", "-m", "cellbridge", "lsp"], why };
}
