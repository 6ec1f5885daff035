/**
 * The JavaScript libraries that outputs may use without a network.
 *
 * Owns the rules by which an output uses a library: the output would load it from an address, or expects
 * that an earlier output has loaded it. Each library is a chunk that is loaded on first use, as text: it
 * runs in the frame of the output, never in the page.
 */

/** A library for the frames of outputs. */
interface Library {
  /** Matches HTML or JavaScript that uses the library. */
  uses: RegExp;
  /** Matches text that contains the library itself. */
  contained?: RegExp;
  /** Matches the addresses of scripts that it replaces. */
  addresses?: RegExp;
  /** Return the scripts for a text that uses the library, in order. */
  load?(text: string): Promise<string[]>;
  /** Its style in the frame. */
  style?: string;
}

/** Matches charts with models that only the parts of BokehJS for widgets and tables have. */
const BOKEH_WIDGETS =
  /\/bokeh-(?:widgets|tables)-\d[\w.-]*\.js\b|"name":"(?:\w*Slider|\w*Button|\w*Group|\w*Input|\w*Picker|Dropdown|\w*Select|Spinner|Toggle|Switch|Div|Paragraph|PreText|\w*Table|DataCube)"/;

const LIBRARIES: readonly Library[] = [
  {
    uses: /\bPlotly\s*\.\s*(?:newPlot|react|plot)\b|\/\/cdn\.plot\.ly\/|\bplotly[\w.-]*\.min\.js|\brequire(?:js)?\s*\(\s*\[\s*["']plotly["']/,
    contained: /\bplotly\.js v\d/,
    // Formulas in labels need MathJax. Without it they are shown as their source.
    addresses: /\/plotly-[\w.-]+$|\/plotly[\w.-]*\.js\b|\/mathjax\//,
    load: async () => (await import("./plotlyLibrary")).default,
    // Charts that fill a page of their own have no page here.
    style: '.plotly-graph-div[style*="height:100%"] { height: 450px !important; }',
  },
  {
    uses: /\bvegaEmbed\b/,
    addresses: /\/vega(?:-lite|-embed)?(?:@[\w.]+)?(?:[?/]|\.js|\.min\.js|$)/,
    load: async () => (await import("./vegaLibrary")).default,
    style: ".vega-embed summary { display: none; }",
  },
  {
    uses: /\bBokeh\s*\.\s*(?:embed|set_log_level|Plotting)\b|\/bokeh-\d[\w.-]*\.js\b/,
    contained: /Copyright \(c\) (?:\d+ - \d+, )?Anaconda, Inc\., and Bokeh Contributors/,
    addresses: /\/bokeh-(?:(?:gl|widgets|tables|api)-)?\d[\w.-]*\.js\b/,
    load: async (text) => [
      ...(await import("./bokehLibrary")).default,
      ...(BOKEH_WIDGETS.test(text) ? (await import("./bokehWidgets")).default : []),
    ],
  },
  {
    uses: /\bL\s*\.\s*map\s*\(|\/leaflet(?:@[\w.]+)?\/[^"'\s]*leaflet\.js\b/,
    addresses: /\/leaflet(?:\.min)?\.js\b|\/jquery[\w.-]*\.js\b|\/bootstrap[\w.-]*\.js\b|\/leaflet\.awesome-markers\.js\b/,
    load: async () => (await import("./leafletLibrary")).default,
    style: ".folium-map { height: clamp(240px, 60vw, 540px) !important; } .folium-pin { background: none; border: none; }",
  },
  {
    // The buttons of matplotlib's animations have icons of this font only.
    uses: /<link[^>]+\/font-?awesome\//i,
    style: `.fa::before { font-style: normal; } .fa-minus::before { content: "−"; } .fa-plus::before { content: "+"; }
      .fa-fast-backward::before { content: "|◀"; } .fa-step-backward::before { content: "‹"; } .fa-play::before { content: "▶"; }
      .fa-pause::before { content: "❚❚"; } .fa-step-forward::before { content: "›"; } .fa-fast-forward::before { content: "▶|"; }
      .fa-reverse { display: inline-block; transform: scaleX(-1); }`,
  },
];

/** The libraries of one output. */
export interface FrameLibraries {
  /** Their scripts, which run before those of the output. */
  scripts: string[];
  /** Matches the addresses that they replace; undefined for none. */
  addresses: RegExp | undefined;
  style: string;
}

export const NO_LIBRARIES: FrameLibraries = { scripts: [], addresses: undefined, style: "" };

/** Return the libraries that an output uses. */
export async function librariesFor(text: string): Promise<FrameLibraries> {
  const used = LIBRARIES.filter(({ uses }) => uses.test(text));
  const missing = used.filter(({ contained }) => contained?.test(text) !== true);
  const scripts = await Promise.all(missing.map(async (library) => (await library.load?.(text)) ?? []));
  const addresses = used.flatMap((library) => library.addresses?.source ?? []);
  return {
    scripts: scripts.flat(),
    addresses: addresses.length === 0 ? undefined : new RegExp(addresses.join("|"), "i"),
    style: used.map(({ style }) => style ?? "").join("\n"),
  };
}

/** Return the place of a script in HTML, by its index in the scripts. */
export function scriptPlace(index: number): string {
  return `<script type="cellbridge/script" data-script="${index}" data-type=""></script>`;
}
