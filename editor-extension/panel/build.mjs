// Bundles the panel and the notebook renderer into dist/, and the page for browsers into the server's
// package. Chunks are loaded on first use.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildReport } from "./build-report.mjs";

/** The hash of the script in the frames of outputs, for content security policies. */
const program = readFileSync(join(import.meta.dirname, "src/render/frame.inline.js"), "utf8");
export const FRAME_HASH = `sha256-${createHash("sha256").update(program).digest("base64")}`;

/** The sources of scripts that the frames in the page need; their policies narrow it further. */
const FRAME_SOURCES = [`'${FRAME_HASH}'`];

/** The folder of the page's files in the server's package. */
const ASSETS = join(import.meta.dirname, "../../server/cellbridge/page/assets");
const PAGE = "src/page/page.ts";

export const options = {
  bundle: true,
  format: "esm",
  splitting: true,
  target: "es2022",
  minify: true,
  legalComments: "none",
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "fonts/[name]-[hash]",
  // All supported browsers read woff2, so the other formats of KaTeX's fonts are left out.
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".inline.js": "text", ".png": "dataurl" },
  define: { FRAME_HASH: JSON.stringify(FRAME_HASH) },
  entryPoints: { panel: "src/main.ts", renderer: "src/notebookRenderer.ts" },
  logLevel: "warning",
};

if (process.argv[1] === import.meta.filename) {
  rmSync("dist", { recursive: true, force: true });
  await build(options);
  rmSync(ASSETS, { recursive: true, force: true });
  if (existsSync(join(import.meta.dirname, PAGE))) {
    await build({ ...options, entryPoints: { page: PAGE }, outdir: ASSETS });
    writeFileSync(join(ASSETS, "policy.json"), JSON.stringify({ scriptSources: FRAME_SOURCES }));
  }
  await buildReport(join(ASSETS, "report"), FRAME_HASH, options);
}
