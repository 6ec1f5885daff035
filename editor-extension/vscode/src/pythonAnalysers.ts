/**
 * Which extensions analyse the text of Python scripts.
 *
 * Owns their names and the settings by which each is told not to. It must not know VS Code.
 */

/** What is there: which extensions are installed, and what a person has set. */
export interface EditorState {
  isInstalled(id: string): boolean;
  setting(name: string): unknown;
}

const PYTHON = "ms-python.python";
const PYLANCE = "ms-python.vscode-pylance";

/** An extension, and the setting that leaves it without what cellbridge would offer too. */
const DISABLING_SETTINGS: Record<string, string> = {
  "ms-pyright.pyright": "pyright.disableLanguageServices",
  "detachhead.basedpyright": "basedpyright.disableLanguageServices",
  "astral-sh.ty": "ty.disableLanguageServices",
  "meta.pyrefly": "python.pyrefly.disableLanguageServices",
  "anysphere.cursorpyright": "cursorpyright.disableLanguageServices",
  "codeium.windsurfpyright": "windsurfPyright.disableLanguageServices",
};

/** All settings that `analysers` looks at. */
export const ANALYSER_SETTINGS = ["python.languageServer", ...Object.values(DISABLING_SETTINGS)];

/**
 * Return the extensions that offer completions and the like from the text, so that nothing of the
 * sort need be offered by us. Ruff is none of them: it checks and formats.
 */
export function activeAnalysers(around: EditorState): string[] {
  const found = Object.entries(DISABLING_SETTINGS)
    .filter(([id, off]) => around.isInstalled(id) && around.setting(off) !== true)
    .map(([id]) => id);
  return [...found, ...pythonExtensionServer(around)];
}

/** The Python extension starts one server of those that came with it, as it is set. */
function pythonExtensionServer(around: EditorState): string[] {
  const wanted = around.setting("python.languageServer") ?? "Default";
  const pylance = around.isInstalled(PYLANCE);
  if (pylance && (wanted === "Default" || wanted === "Pylance")) {
    return [PYLANCE];
  }
  // "Default" is jedi where Pylance is not installed.
  const jedi = wanted === "Jedi" || wanted === "JediLSP" || (wanted === "Default" && !pylance);
  return around.isInstalled(PYTHON) && jedi ? [PYTHON] : [];
}
