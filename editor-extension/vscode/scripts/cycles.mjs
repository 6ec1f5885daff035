// Fails if modules of the extension or of the panel import each other in a circle. Imports of types
// and imports within functions count too.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..", "..");
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g;

/** Return the modules below a folder. */
function modulesIn(folder) {
  const names = readdirSync(folder, { recursive: true });
  return names.filter((name) => name.endsWith(".ts")).map((name) => path.join(folder, name));
}

/** Return the modules that a module imports. */
function importsOf(module) {
  const targets = [...readFileSync(module, "utf8").matchAll(IMPORT)].map(([, target]) =>
    path.join(path.dirname(module), `${target}.ts`),
  );
  return targets.filter((target) => existsSync(target));
}

/** Return each circle that a walk from every module meets, as the path that leads back to itself. */
function findCycles(modules) {
  const cycles = [];
  const done = new Set();
  const visit = (module, trail) => {
    const begin = trail.indexOf(module);
    if (begin >= 0) {
      cycles.push([...trail.slice(begin), module]);
    } else if (!done.has(module)) {
      for (const target of importsOf(module)) {
        visit(target, [...trail, module]);
      }
      done.add(module);
    }
  };
  modules.forEach((module) => visit(module, []));
  return cycles;
}

const cycles = findCycles(["vscode/src", "panel/src"].flatMap((name) => modulesIn(path.join(root, name))));
for (const cycle of cycles) {
  console.error(`Import circle: ${cycle.map((module) => path.relative(root, module)).join(" -> ")}`);
}
process.exitCode = cycles.length > 0 ? 1 : 0;
