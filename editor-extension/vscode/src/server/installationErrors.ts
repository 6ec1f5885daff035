/**
 * What went wrong in an installation, in one sentence for a person.
 *
 * Owns reading what venv and pip say when they fail. It must not know VS Code.
 */

/** Known faults by the words they are told in, and what to do about each. */
const KNOWN_FAILURES: [RegExp, string][] = [
  [
    /ensurepip is not\s+available|No module named (?:ensurepip|venv)/,
    "this Python cannot make virtual environments; on Debian and Ubuntu " +
      "“sudo apt install python3-venv” gives it what it lacks",
  ],
  [/No space left on device|ENOSPC/, "the disk is full"],
  [
    /No matching distribution found for (\S+)/,
    "$1 was not found; is the package index that pip is set to within reach?",
  ],
];

/** Say why a step failed, of what it said and the status it ended with. */
export function explainFailure(output: string, status: number | null): string {
  const known = KNOWN_FAILURES.find(([words]) => words.test(output));
  if (known) {
    const [words, sentence] = known;
    const found = words.exec(output)?.[1] ?? "";
    return toMessage(sentence.replace("$1", found));
  }
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const error = lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1);
  return toMessage(error?.replace(/^ERROR:\s*/, "") ?? `it ended with status ${status ?? "unknown"}`);
}

function toMessage(reason: string): string {
  const end = /[.?!]$/.test(reason) ? "" : ".";
  return `The installation of the cellbridge server failed: ${reason}${end} The log has all of it.`;
}
