/**
 * What a Python is good for, asked of that Python.
 *
 * Owns the question and its time limit. It must not know VS Code.
 */
import { execFile } from "node:child_process";

/** `bare`: new enough, without cellbridge. */
export type Interpreter =
  | { kind: "ready" | "bare" | "old"; version: string }
  | { kind: "absent"; why: string };

/** An answer takes a tenth of a second; a cold network disk takes longer. */
const TIMEOUT = 20_000;

const CHECK_SCRIPT = [
  "import sys",
  "sys.path.pop(0)", // what lies where this runs is neither cellbridge nor Python's own
  "import importlib.util as u",
  "print('.'.join(map(str, sys.version_info[:3])), u.find_spec('cellbridge') is not None)",
].join("\n");

/** Ask a Python which version it is and whether it holds cellbridge. */
export async function checkInterpreter(python: string): Promise<Interpreter> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT, windowsHide: true };
    execFile(python, ["-c", CHECK_SCRIPT], options, (error, stdout) => {
      resolve(error ? { kind: "absent", why: error.message } : parseAnswer(stdout));
    });
  });
}

/** Read a Python's answer. */
export function parseAnswer(answer: string): Interpreter {
  const [version = "", has] = answer.trim().split(" ");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 3 || (major === 3 && minor < 11)) {
    return { kind: "old", version };
  }
  return { kind: has === "True" ? "ready" : "bare", version };
}
