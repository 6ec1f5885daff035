/**
 * Checks the version of a Python interpreter, and whether it has `cellbridge` and the packages for agents.
 *
 * Owns the checks and their time limit. It must not import VS Code.
 */
import { execFile } from "node:child_process";

/** `bare`: new enough, but without `cellbridge`. */
export type Interpreter =
  | { kind: "ready" | "bare" | "old"; version: string }
  | { kind: "absent"; why: string };

/** Milliseconds. A check takes a tenth of a second, but longer on a slow network disk. */
const TIMEOUT = 20_000;

const CHECK_SCRIPT = [
  "import sys",
  "sys.path.pop(0)", // ignore modules in the working directory
  "import importlib.util as u",
  "print('.'.join(map(str, sys.version_info[:3])), u.find_spec('cellbridge') is not None)",
].join("\n");

/** Check a Python interpreter. */
export async function checkInterpreter(python: string): Promise<Interpreter> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT, windowsHide: true };
    execFile(python, ["-c", CHECK_SCRIPT], options, (error, stdout) => {
      resolve(error ? { kind: "absent", why: error.message } : parseAnswer(stdout));
    });
  });
}

/** The exit code of `cellbridge mcp` without the packages of its extra. */
const WITHOUT_EXTRA = 2;

/** Return the sentence with which `cellbridge mcp` names its missing packages; empty if it has all. */
export async function checkAgentTools(command: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT, windowsHide: true };
    const child = execFile(command, [...args, "mcp"], options, (error, _stdout, stderr) => {
      resolve(error?.code === WITHOUT_EXTRA ? stderr.trim() : "");
    });
    // Without any input, it ends at once.
    child.stdin?.end();
  });
}

/** Parse the output of the check. */
export function parseAnswer(answer: string): Interpreter {
  const [version = "", has] = answer.trim().split(" ");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 3 || (major === 3 && minor < 11)) {
    return { kind: "old", version };
  }
  return { kind: has === "True" ? "ready" : "bare", version };
}
