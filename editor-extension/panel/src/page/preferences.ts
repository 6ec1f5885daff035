/**
 * The user's choices for the page, kept by the browser.
 *
 * A browser that stores nothing for the page, as in some private windows, forgets them when it is closed.
 */

export type Theme = "auto" | "light" | "dark";

export interface Preferences {
  theme: Theme;
  /** False if the code of all cells is folded. */
  code: boolean;
  follow: boolean;
  /** True if the list of sessions is shown next to a document, on a wide screen. */
  sessions: boolean;
}

const KEY = "cellbridge.page";
const DEFAULTS: Preferences = { theme: "auto", code: true, follow: true, sessions: true };

export function loadPreferences(): Preferences {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? "{}");
    return { ...DEFAULTS, ...validPreferences(stored) };
  } catch {
    return { ...DEFAULTS };
  }
}

/** Return the choices in stored data that this version knows. */
export function validPreferences(stored: unknown): Partial<Preferences> {
  if (typeof stored !== "object" || stored === null) return {};
  const given = stored as Record<string, unknown>;
  const valid: Partial<Preferences> = {};
  for (const name of ["code", "follow", "sessions"] as const) {
    if (typeof given[name] === "boolean") valid[name] = given[name];
  }
  if (given["theme"] === "light" || given["theme"] === "dark") valid.theme = given["theme"];
  return valid;
}

export function storePreferences(preferences: Preferences): void {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // The choices hold until the page is closed.
  }
}
