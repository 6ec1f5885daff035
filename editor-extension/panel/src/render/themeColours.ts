/** The theme's colours as values, for frames and plots, which cannot use the page's CSS variables. */

/** Return the current colour of a CSS variable, as `rgb(…)`. */
export function colourOf(variable: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Return true if the theme is dark. */
export function isDark(): boolean {
  const parts = /([\d.]+)[ ,]+([\d.]+)[ ,]+([\d.]+)/.exec(colourOf("--panel-background"));
  const [red = 255, green = 255, blue = 255] = (parts?.slice(1) ?? []).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
