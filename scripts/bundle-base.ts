import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { checkout } from "./checkout.ts";

/**
 * What most commands load, as one file. A bundler that splits code makes a chunk for every set of commands that share something:
 * dozens of small files, and to find and open each takes a start as long as to compile ten times as much code.
 */

/** Name of the entry point, and of the file that it becomes. */
const entry = "base";

/** Part of all entry points that must reach a module before all of them load it. */
const share = 0.4;

/** The modules of our own that most entry points reach without a dynamic import, by absolute path. */
async function findCommon(options: BuildOptions): Promise<ReadonlySet<string>> {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  const entries = Object.keys(metafile.outputs).filter((output) => metafile.outputs[output]?.entryPoint !== undefined);
  const counts = new Map<string, number>();
  for (const output of entries)
    for (const input of inputsOf(metafile, output)) counts.set(input, (counts.get(input) ?? 0) + 1);
  const common = [...counts].filter(
    ([input, count]) => input.startsWith("packages/") && count >= share * entries.length,
  );
  return new Set(common.map(([input]) => join(checkout, input)).sort());
}

function inputsOf({ outputs }: Metafile, from: string): ReadonlySet<string> {
  const reached = new Set([from]);
  for (const output of reached)
    for (const { path, kind, external } of outputs[output]?.imports ?? [])
      if (kind !== "dynamic-import" && external !== true) reached.add(path);
  return new Set([...reached].flatMap((output) => Object.keys(outputs[output]?.inputs ?? {})));
}

/** The same build with one more entry point, which holds what most of its entry points need. */
export async function withBase(
  options: BuildOptions & { entryPoints: { in: string; out: string }[] },
): Promise<BuildOptions> {
  const common = await findCommon(options);
  const source = await baseSource(common);
  return {
    ...options,
    entryPoints: [...options.entryPoints, { in: entry, out: entry }],
    plugins: [baseEntry(source), fromBase(common), ...(options.plugins ?? [])],
  };
}

/** @throws Error when two of the modules export one name: one file cannot export both */
async function baseSource(modules: ReadonlySet<string>): Promise<string> {
  const exporters = new Map<string, string>();
  for (const path of modules) {
    const declared = (await readFile(path, "utf8")).matchAll(/^export (?:async )?(?:function\*?|class|const) (\w+)/gm);
    for (const [, name = ""] of declared) {
      const other = exporters.get(name);
      if (other !== undefined)
        throw new Error(`${other} and ${path} both export ${name}: give one of them another name`);
      exporters.set(name, path);
    }
  }
  return [...modules].map((path) => `export * from ${JSON.stringify(path)};\n`).join("");
}

function baseEntry(source: string): Plugin {
  return {
    name: "base-entry",
    setup: (build) => {
      build.onResolve({ filter: new RegExp(`^${entry}$`) }, () => ({ path: entry, namespace: entry }));
      build.onLoad({ filter: /.*/, namespace: entry }, () => ({
        contents: source,
        loader: "js",
        resolveDir: checkout,
      }));
    },
  };
}

/** Has everybody outside the base take the modules that it holds from there. */
function fromBase(modules: ReadonlySet<string>): Plugin {
  return {
    name: "from-base",
    setup: (build) => {
      build.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, importer, namespace }) =>
        modules.has(resolve(resolveDir, path)) && !modules.has(importer) && namespace !== entry
          ? { path: `./${entry}.mjs`, external: true }
          : undefined,
      );
    },
  };
}
