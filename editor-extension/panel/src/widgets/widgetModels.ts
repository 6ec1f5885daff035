/**
 * The models of one session, as the page knows them.
 *
 * Owns their states and the references between them. It draws nothing and sends nothing.
 */

import { isRecord } from "../render/mimeValues";
import type { ModelState, State } from "./frameMessages";

const REFERENCE = /^(?:IPY_MODEL_|anywidget:)(.+)$/s;
const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";

export class WidgetModels {
  private readonly states = new Map<string, State>();
  /** Models without a view that refer to others, such as the links of `jslink`. */
  private readonly helpers = new Map<string, Set<string>>();

  has(model: string): boolean {
    return this.states.has(model);
  }

  ids(): string[] {
    return [...this.states.keys()];
  }

  /** Return true if a model has no view and refers to one of these, such as a link between two of them. */
  helps(model: string, models: ReadonlySet<string>): boolean {
    return [...(this.helpers.get(model) ?? [])].some((reference) => models.has(reference));
  }

  /** Add a model, or replace its state. */
  open(model: string, state: State): void {
    this.states.set(model, state);
    this.noteHelper(model, state);
  }

  /** Change attributes. Return false for an unknown model. */
  update(model: string, changed: State): boolean {
    const state = this.states.get(model);
    if (state === undefined) return false;
    for (const [name, value] of Object.entries(changed)) if (name !== "__proto__") state[name] = value;
    if (this.helpers.has(model)) this.noteHelper(model, state);
    return true;
  }

  close(model: string): void {
    this.states.delete(model);
    this.helpers.delete(model);
  }

  clear(): void {
    this.states.clear();
    this.helpers.clear();
  }

  /** Return the models that `roots` need, directly and indirectly, without those in `known`. */
  needed(roots: Iterable<string>, known: ReadonlySet<string>): ModelState[] {
    const found = new Map<string, State>();
    const waiting = [...roots];
    const has = (model: string): boolean => known.has(model) || found.has(model);
    do {
      for (let model = waiting.pop(); model !== undefined; model = waiting.pop()) {
        const state = this.states.get(model);
        if (state === undefined || has(model)) continue;
        found.set(model, state);
        waiting.push(...referencesIn(state));
      }
      for (const [helper, references] of this.helpers) {
        if (!has(helper) && [...references].some(has)) waiting.push(helper);
      }
    } while (waiting.length > 0);
    return [...found].map(([model, state]) => ({ model, state }));
  }

  private noteHelper(model: string, state: State): void {
    const references = typeof state["_view_name"] === "string" ? new Set<string>() : referencesIn(state);
    if (references.size > 0) this.helpers.set(model, references);
    else this.helpers.delete(model);
  }
}

/** Return the ids of the models to which a state refers. */
export function referencesIn(state: State): Set<string> {
  const found = new Set<string>();
  const waiting: unknown[] = [state];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value === "string") {
      const model = REFERENCE.exec(value)?.[1];
      if (model !== undefined) found.add(model);
    } else if (Array.isArray(value)) {
      // Large lists are numbers. `null` stops nothing, `undefined` would end the loop.
      for (const item of value) if (typeof item === "string" || (typeof item === "object" && item !== null)) waiting.push(item);
    } else if (isRecord(value) && !ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) {
      const view = value[WIDGET_VIEW];
      if (isRecord(view) && typeof view["model_id"] === "string") found.add(view["model_id"]);
      for (const item of Object.values(value)) if (item !== undefined && item !== null) waiting.push(item);
    }
  }
  return found;
}
