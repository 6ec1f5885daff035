// Bundles the page and the notebook renderer into dist/. Chunks are loaded when they are first needed.
import { build } from "esbuild";
import { rmSync } from "node:fs";

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
  // Every browser this runs in knows woff2; the other formats of KaTeX's fonts are left out.
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty" },
  entryPoints: { panel: "src/main.ts", renderer: "src/renderer.ts" },
  logLevel: "warning",
};

if (process.argv[1] === import.meta.filename) {
  rmSync("dist", { recursive: true, force: true });
  await build(options);
}
