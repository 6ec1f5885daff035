/**
 * Explains a failed installation in one sentence for the user.
 *
 * Owns the parsing of errors of venv and pip. It must not import VS Code.
 */

/** Known failures: a pattern in the output, and the explanation with a remedy. */
const KNOWN_FAILURES: [RegExp, string][] = [
  [
    /ensurepip is not\s+available|No module named (?:ensurepip|venv)/,
    "this Python cannot create virtual environments. On Debian and Ubuntu, run " +
      "“sudo apt install python3-venv”",
  ],
  [/No module named pip\b/, "this Python has no pip. Run “python -m ensurepip”, or install “cellbridge[mcp]” with your own tool"],
  [/externally-managed-environment/, "this Python belongs to the operating system. Select a Python in a virtual environment"],
  [/No space left on device|ENOSPC/, "the disk is full"],
  [
    /No matching distribution found for (\S+)/,
    "pip did not find $1. Check that its package index is reachable",
  ],
];

/** Explain a failed step of the installation of `what`, given its output and exit status. */
export function explainFailure(what: string, output: string, status: number | null): string {
  const known = KNOWN_FAILURES.find(([words]) => words.test(output));
  if (known) {
    const [words, sentence] = known;
    const found = words.exec(output)?.[1] ?? "";
    return toMessage(what, sentence.replace("$1", found));
  }
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const error = lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1);
  return toMessage(what, error?.replace(/^ERROR:\s*/, "") ?? `it exited with status ${status ?? "unknown"}`);
}

function toMessage(what: string, reason: string): string {
  const end = /[.?!]$/.test(reason) ? "" : ".";
  return `Could not install ${what}: ${reason}${end} See the log for details.`;
}
