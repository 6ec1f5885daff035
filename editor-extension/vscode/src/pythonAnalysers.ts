/**
 * Extensions that provide static analysis for Python.
 *
 * Owns their ids and the settings that disable them. It must not import VS Code.
 */

/** The installed extensions and the values of settings. */
export interface EditorState {
  isInstalled(id: string): boolean;
  setting(name: string): unknown;
}

const PYTHON = "ms-python.python";
const PYLANCE = "ms-python.vscode-pylance";

/** Extensions, each with the setting that disables its language services. */
const DISABLING_SETTINGS: Record<string, string> = {
  "ms-pyright.pyright": "pyright.disableLanguageServices",
  "detachhead.basedpyright": "basedpyright.disableLanguageServices",
  "astral-sh.ty": "ty.disableLanguageServices",
  "meta.pyrefly": "python.pyrefly.disableLanguageServices",
  "anysphere.cursorpyright": "cursorpyright.disableLanguageServices",
  "codeium.windsurfpyright": "windsurfPyright.disableLanguageServices",
};

/** All settings that `activeAnalysers` reads. */
export const ANALYSER_SETTINGS = ["python.languageServer", ...Object.values(DISABLING_SETTINGS)];

/**
 * Return the extensions that offer completion from static analysis. Cellbridge then leaves it to them.
 * Ruff is not included: it only checks and formats.
 */
export function activeAnalysers(around: EditorState): string[] {
  const found = Object.entries(DISABLING_SETTINGS)
    .filter(([id, off]) => around.isInstalled(id) && around.setting(off) !== true)
    .map(([id]) => id);
  return [...found, ...pythonExtensionServer(around)];
}

/** Return the extension whose server the Python extension starts, according to its setting. */
function pythonExtensionServer(around: EditorState): string[] {
  const wanted = around.setting("python.languageServer") ?? "Default";
  const pylance = around.isInstalled(PYLANCE);
  if (pylance && (wanted === "Default" || wanted === "Pylance")) {
    return [PYLANCE];
  }
  // "Default" means jedi if Pylance is not installed.
  const jedi = wanted === "Jedi" || wanted === "JediLSP" || (wanted === "Default" && !pylance);
  return around.isInstalled(PYTHON) && jedi ? [PYTHON] : [];
}
