import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { checkout } from "./checkout.ts";

/**
 * What commands share, as few files: `base` has what most of them load, `image` the rest of what the largest one does. A bundler that
 * splits code makes a chunk for every set of commands that share something: dozens of small files, and to find and open each takes a
 * start as long as to compile ten times as much code.
 */

/** Part of all entry points that must reach a module before all of them load it. */
const share = 0.4;

/** The command whose modules stand together in a file of their own. */
const largest = "packages/cli/src/commands/image-build.ts";

/** Name of a file that is shared → the modules of our own that it holds, by absolute path. */
type Shared = ReadonlyMap<string, ReadonlySet<string>>;

async function findShared(options: BuildOptions): Promise<Shared> {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  const entries = Object.keys(metafile.outputs).filter((output) => metafile.outputs[output]?.entryPoint !== undefined);
  const counts = new Map<string, number>();
  for (const output of entries)
    for (const input of inputsOf(metafile, output)) counts.set(input, (counts.get(input) ?? 0) + 1);
  const base = modulesOf([...counts].flatMap(([input, count]) => (count >= share * entries.length ? [input] : [])));
  const main = entries.find((output) => metafile.outputs[output]?.entryPoint === largest) ?? "";
  // The command's own module stays the entry point that it is.
  const image = modulesOf([...inputsOf(metafile, main)].filter((input) => input !== largest));
  for (const module of base) image.delete(module);
  return new Map([
    ["base", base],
    ["image", image],
  ]);
}

/** In a fixed order, as it decides the bytes. */
function modulesOf(inputs: Iterable<string>): Set<string> {
  const own = [...inputs].filter((input) => input.startsWith("packages/"));
  return new Set(own.map((input) => join(checkout, input)).sort());
}

function inputsOf({ outputs }: Metafile, from: string): ReadonlySet<string> {
  const reached = new Set([from]);
  for (const output of reached)
    for (const { path, kind, external } of outputs[output]?.imports ?? [])
      if (kind !== "dynamic-import" && external !== true) reached.add(path);
  return new Set([...reached].flatMap((output) => Object.keys(outputs[output]?.inputs ?? {})));
}

/** The same build with more entry points, which hold what its entry points share. */
export async function withShared(
  options: BuildOptions & { entryPoints: { in: string; out: string }[] },
): Promise<BuildOptions> {
  const shared = await findShared(options);
  const sources = new Map<string, string>();
  for (const [name, modules] of shared) sources.set(name, await sourceOf(modules));
  return {
    ...options,
    entryPoints: [...options.entryPoints, ...[...shared.keys()].map((name) => ({ in: name, out: name }))],
    plugins: [sharedEntries(sources), fromShared(shared), ...(options.plugins ?? [])],
  };
}

/** @throws Error when two of the modules export one name: one file cannot export both */
async function sourceOf(modules: ReadonlySet<string>): Promise<string> {
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

const namespace = "shared";

function sharedEntries(sources: ReadonlyMap<string, string>): Plugin {
  return {
    name: "shared-entries",
    setup: (build) => {
      build.onResolve({ filter: /^\w+$/ }, ({ path }) => (sources.has(path) ? { path, namespace } : undefined));
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: sources.get(path) ?? "",
        loader: "js",
        resolveDir: checkout,
      }));
    },
  };
}

/** Has everybody outside a shared file take the modules that it holds from there. */
function fromShared(shared: Shared): Plugin {
  const holderOf = (module: string): string | undefined => [...shared].find(([, modules]) => modules.has(module))?.[0];
  return {
    name: "from-shared",
    setup: (build) => {
      build.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, importer, namespace: from }) => {
        const holder = holderOf(resolve(resolveDir, path));
        return holder === undefined || from === namespace || holderOf(importer) === holder
          ? undefined
          : { path: `./${holder}.mjs`, external: true };
      });
    },
  };
}
