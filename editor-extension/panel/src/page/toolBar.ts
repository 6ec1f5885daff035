/** The buttons of the page's head, by their names. */

import { h, iconButton } from "../dom";

/** A button: its name, its icon, its label, and its effect. */
export type Tool = readonly [name: string, icon: string, label: string, act: () => void];

export class ToolBar {
  private readonly buttons: ReadonlyMap<string, HTMLButtonElement>;

  constructor(tools: readonly Tool[]) {
    this.buttons = new Map(
      tools.map(([name, icon, label, act]) => {
        const button = iconButton(icon, label, act);
        button.classList.add(`tool-${name}`);
        return [name, button];
      }),
    );
  }

  /** Create a group of some of the buttons. */
  group(label: string, ...names: string[]): HTMLElement {
    const buttons = names.flatMap((name) => this.buttons.get(name) ?? []);
    return h("span", { className: "tools", aria: { role: "toolbar", label } }, ...buttons);
  }

  setEnabled(name: string, enabled: boolean): void {
    const button = this.buttons.get(name);
    if (button !== undefined) button.disabled = !enabled;
  }

  /** Set the state of a button that switches something on. */
  setPressed(name: string, pressed: boolean): void {
    this.buttons.get(name)?.setAttribute("aria-pressed", String(pressed));
  }

  setLabel(name: string, label: string): void {
    const button = this.buttons.get(name);
    if (button === undefined) return;
    button.title = label;
    button.setAttribute("aria-label", label);
  }
}
