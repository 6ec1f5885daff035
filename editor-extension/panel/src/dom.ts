/** Creates elements. Strings are always set as text and never parsed as HTML. */

export type Child = Node | string | null | undefined | false;

type Props<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], "style" | "dataset">
> & { aria?: Record<string, string>; data?: Record<string, string> };

/** Create an element with properties and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props<K> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { aria, data, ...own } = props;
  Object.assign(element, own);
  for (const [name, value] of Object.entries(aria ?? {})) {
    element.setAttribute(name === "role" ? "role" : `aria-${name}`, value);
  }
  for (const [name, value] of Object.entries(data ?? {})) element.dataset[name] = value;
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

const ICON_PATHS: Record<string, string> = {
  run: "M4 2.5v11l9-5.5z",
  stop: "M3.5 3.5h9v9h-9z",
  restart: "M8 3a5 5 0 1 0 4.6 3.1l-1.4.6A3.5 3.5 0 1 1 8 4.5V7l4-3.2L8 .6z",
  clear: "M4 3.2 3.2 4 7.2 8l-4 4 .8.8 4-4 4 4 .8-.8-4-4 4-4-.8-.8-4 4z",
  copy: "M5 1h9v10h-2V3H5zM2 4h9v11H2zm1.3 1.3v8.4h6.4V5.3z",
  save: "M7.3 1h1.4v7.2L11 6l1 1-4 4-4-4 1-1 2.3 2.2zM2 12h1.4v1.6h9.2V12H14v3H2z",
  branch: "M5.5 3 11 8l-5.5 5z",
  goto: "M2 7.3h8.2L7 4l1-1 5 5-5 5-1-1 3.2-3.3H2z",
  follow: "M8 1a5 5 0 0 0-5 5c0 3.5 5 9 5 9s5-5.5 5-9a5 5 0 0 0-5-5zm0 7a2 2 0 1 1 0-4 2 2 0 0 1 0 4z",
  search: "M6.5 1.5a5 5 0 1 0 3 9l3.7 3.7 1-1-3.7-3.7a5 5 0 0 0-4-8zm0 1.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z",
  up: "M8 4 2.5 9.5l1 1L8 6l4.5 4.5 1-1z",
  down: "M8 12 2.5 6.5l1-1L8 10l4.5-4.5 1 1z",
  table: "M1.5 2.5h13v11h-13zm1.3 1.3v1.7h10.4V3.8zm0 3v2h3v-2zm4.3 0v2h6.1v-2zm-4.3 3.3v2.1h3v-2.1zm4.3 0v2.1h6.1v-2.1z",
  info: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3zm-.7 4h1.4v4.2H7.3zm0-2.2h1.4v1.4H7.3z",
  runAll: "M2 2.5v11l6-5.5zm6 0v11l6-5.5z",
  sessions: "M1.5 3h13v1.4h-13zm0 4.3h13v1.4h-13zm0 4.3h13V13h-13z",
  code: "M5.2 3.5 6.2 4.5 2.7 8l3.5 3.5-1 1L.7 8zm5.6 0 4.5 4.5-4.5 4.5-1-1L13.3 8 9.8 4.5z",
  side: "M1.5 2.5h13v11h-13zm1.3 1.3v8.4h6.4V3.8z",
  theme: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 3v10A5 5 0 0 1 8 3z",
  print: "M4 1.5h8V5h2.5v6.5H12v3H4v-3H1.5V5H4zm1.3 1.3V5h5.4V2.8zm0 6.2v4.2h5.4V9z",
  help: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3zm-.7 7.4h1.4v1.4H7.3zM8 4.2a2.2 2.2 0 0 0-2.3 2.1h1.4c0-.5.4-.8.9-.8s.9.3.9.8c0 .8-1.6 1-1.6 3h1.4c0-1.3 1.6-1.4 1.6-3A2.2 2.2 0 0 0 8 4.2z",
  filter: "M1.5 2.5h13L9.5 8.5v5l-3-1.5V8.5z",
};

/** Create an icon, which is hidden from screen readers. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICON_PATHS[name] ?? "");
  svg.append(path);
  return svg;
}

/** Create a button with an icon and a label for its tooltip. */
export function iconButton(name: string, label: string, action: () => void): HTMLButtonElement {
  const button = h("button", { className: "icon-button", title: label, type: "button" }, icon(name));
  button.setAttribute("aria-label", label);
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    action();
  });
  return button;
}

/** Create a button with text. */
export function textButton(label: string, action: () => void): HTMLButtonElement {
  const button = h("button", { className: "text-button", type: "button" }, label);
  button.addEventListener("click", action);
  return button;
}
