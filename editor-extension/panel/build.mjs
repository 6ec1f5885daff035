// Bundles the panel and the notebook renderer into dist/, and the page for browsers into the server's
// package. Chunks are loaded on first use.
import { build as bundle } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildReport } from "./build-report.mjs";

/** The hash of the script in the frames of outputs, for content security policies. */
const program = readFileSync(join(import.meta.dirname, "src/render/frame.inline.js"), "utf8");
export const FRAME_HASH = `sha256-${createHash("sha256").update(program).digest("base64")}`;

/** The sources of scripts that the frames in the page need; their policies narrow it further. */
const FRAME_SOURCES = [`'${FRAME_HASH}'`];

/** The folder of the page's files in the server's package. */
const ASSETS = join(import.meta.dirname, "../../server/cellbridge/page/assets");
const PAGE = "src/page/page.ts";

const src = join(import.meta.dirname, "src");
const common = {
  bundle: true,
  target: "es2022",
  minify: true,
  legalComments: "none",
  define: { FRAME_HASH: JSON.stringify(FRAME_HASH) },
  logLevel: "warning",
};

/** In the frame of a widget, these modules take the place of those that need the page. */
const IN_FRAME = {
  [join(src, "render/html.ts")]: join(src, "widgets/frame/directHtml.ts"),
  [join(src, "widgets/widgetView.ts")]: join(src, "widgets/frame/nestedView.ts"),
};

const version = (name) => JSON.stringify(JSON.parse(readFileSync(join(import.meta.dirname, "node_modules", name, "package.json"), "utf8")).version);

/** Options that bundle the program of the frames of widgets into one script and one style sheet. */
export const frameOptions = {
  ...common,
  define: {
    ...common.define,
    BASE_VERSION: version("@jupyter-widgets/base"),
    CONTROLS_VERSION: version("@jupyter-widgets/controls"),
    LUMINO_VERSION: version("@lumino/widgets"),
  },
  format: "iife",
  write: false,
  outdir: "frame",
  entryPoints: [join(src, "widgets/frame/main.ts")],
  // A frame has no network, so its fonts are part of the styles.
  loader: { ".woff2": "dataurl", ".woff": "empty", ".ttf": "empty", ".eot": "empty", ".svg": "dataurl", ".inline.js": "text" },
  alias: { "sanitize-html": join(src, "widgets/frame/sanitizeHtml.ts") },
  plugins: [
    {
      name: "in-frame",
      setup: (build) => {
        build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, importer }) => {
          const instead = IN_FRAME[`${resolve(resolveDir, path)}.ts`];
          return instead === undefined || importer === instead ? undefined : { path: instead };
        });
        // The page has the libraries of charts. The frame requests one by its name when an output uses it.
        build.onResolve({ filter: /^\.\/(?:\w+Library|bokehWidgets)$/ }, ({ path }) => ({ path, namespace: "library" }));
        build.onLoad({ filter: /.*/, namespace: "library" }, ({ path }) => ({ contents: `export default ["library:${path.slice(2)}"]` }));
        // Icons of brands, and formats of fonts and images that no supported browser uses.
        build.onResolve({ filter: /fa-[a-z]+-\d+\.svg/ }, () => ({ path: "empty", namespace: "empty" }));
        build.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "", loader: "empty" }));
      },
    },
  ],
};

/** Provides `cellbridge:widgetFrame`: the program and the styles of the frames of widgets, as text. */
const widgetFrame = {
  name: "widget-frame",
  setup: (build) => {
    const namespace = "cellbridge-frame";
    build.onResolve({ filter: /^cellbridge:widgetFrame$/ }, ({ path }) => ({ path, namespace }));
    build.onLoad({ filter: /.*/, namespace }, async () => {
      const { outputFiles, metafile } = await bundle({ ...frameOptions, metafile: true, absWorkingDir: import.meta.dirname });
      const text = (ending) => JSON.stringify(outputFiles.find(({ path }) => path.endsWith(ending)).text);
      const watchFiles = Object.keys(metafile.inputs).map((path) => resolve(import.meta.dirname, path));
      return { contents: `export const program = ${text(".js")};\nexport const style = ${text(".css")};`, loader: "js", watchFiles };
    });
  },
};

export const options = {
  ...common,
  format: "esm",
  splitting: true,
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "fonts/[name]-[hash]",
  // All supported browsers read woff2, so the other formats of KaTeX's fonts are left out.
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".inline.js": "text", ".png": "dataurl" },
  plugins: [widgetFrame],
  entryPoints: { panel: "src/main.ts", renderer: "src/notebookRenderer.ts" },
};

if (process.argv[1] === import.meta.filename) {
  rmSync("dist", { recursive: true, force: true });
  await bundle(options);
  rmSync(ASSETS, { recursive: true, force: true });
  if (existsSync(join(import.meta.dirname, PAGE))) {
    await bundle({ ...options, entryPoints: { page: PAGE }, outdir: ASSETS });
    writeFileSync(join(ASSETS, "policy.json"), JSON.stringify({ scriptSources: FRAME_SOURCES }));
  }
  await buildReport(join(ASSETS, "report"), FRAME_HASH, options);
}
