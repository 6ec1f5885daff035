// Bundles the parts of reports: report.js, which every report contains, and one file for each library, which
// a report contains only if an output needs it. All of them are scripts that run without a server.
import { build } from "esbuild";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The object that holds the libraries of a report. */
const PARTS = "cellbridgeParts";

/**
 * Write the files of reports into `folder`.
 *
 * `frameHash` is the hash of the script in the frames of outputs, and `shared` are the options of all builds.
 */
export async function buildReport(folder, frameHash, shared) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "parts"), { recursive: true });
  const { entryPoints: _entries, splitting: _splitting, outdir: _outdir, ...common } = shared;
  const options = { ...common, format: "iife", loader: { ...common.loader, ".woff2": "dataurl" } };
  const libraries = new Map();
  const separate = {
    name: "report-parts",
    setup(part) {
      part.onResolve({ filter: /.*/ }, async (given) => {
        if (given.kind !== "dynamic-import" || given.pluginData === "part") return undefined;
        const { resolveDir } = given;
        const found = await part.resolve(given.path, { kind: given.kind, resolveDir, pluginData: "part" });
        const name = basename(given.path).replace(/\W/g, "_");
        libraries.set(name, found.path);
        return { path: name, namespace: "report-part" };
      });
      part.onLoad({ filter: /.*/, namespace: "report-part" }, async ({ path }) => {
        const given = { ...options, entryPoints: [libraries.get(path)], format: "esm", write: false, outdir: folder };
        const { metafile } = await build({ ...given, metafile: true });
        const names = Object.values(metafile.outputs).flatMap(({ entryPoint, exports }) => (entryPoint ? exports : []));
        const lines = names.map((name) =>
          name === "default" ? "export default part.default;" : `export const ${name} = part.${name};`,
        );
        const check = 'if (part === undefined) throw new Error("The library for this output is not in the report.");';
        return { contents: [`const part = globalThis.${PARTS}?.${path};`, check, ...lines].join("\n"), loader: "js" };
      });
    },
  };
  await build({
    ...options,
    entryPoints: { report: "src/report/report.ts" },
    outdir: folder,
    plugins: [separate, ...(common.plugins ?? [])],
  });
  for (const [name, path] of libraries) {
    await build({ ...options, entryPoints: { [name]: path }, globalName: `${PARTS}.${name}`, outdir: join(folder, "parts") });
  }
  await build({ ...options, entryPoints: { formulas: "katex/dist/katex.min.css" }, outdir: join(folder, "parts") });
  writeFileSync(join(folder, "frame-hash.txt"), frameHash);
}
