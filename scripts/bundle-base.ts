import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { checkout } from "./checkout.ts";

/**
 * What commands share, as few files. A bundler that splits code makes a chunk for every set of commands that share something: dozens
 * of small files, and to find and open each takes a start as long as to compile ten times as much code.
 *
 * So all that the same ones of the few frequent commands load stands in one file, `base` what all of them do. They load nothing that
 * they do not need; a rare command may load more.
 */

/** Commands whose start counts, and what stands for each in the name of a file. */
const frequent: ReadonlyMap<string, string> = new Map([
  ["packages/cli/src/commands/apk-index.ts", "index"],
  ["packages/cli/src/commands/repo-resolve.ts", "resolve"],
  ["packages/cli/src/commands/repo-fetch.ts", "fetch"],
  ["packages/cli/src/commands/image-build.ts", "image"],
]);

/** The program itself: what it loads, every command has. */
const program = "packages/cli/src/start.ts";

/** Name of a file that is shared → the modules of our own that it holds, by absolute path. */
type Shared = ReadonlyMap<string, ReadonlySet<string>>;

async function findShared(options: BuildOptions): Promise<Shared> {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  const entries = Object.entries(metafile.outputs).flatMap(([output, { entryPoint }]) =>
    entryPoint === undefined ? [] : [{ entryPoint, inputs: inputsOf(metafile, output) }],
  );
  const all = new Set(entries.flatMap(({ inputs }) => [...inputs]));
  const groups = Map.groupBy([...all].filter(isShared).sort(), (input) => {
    const users = entries.filter(({ inputs }) => inputs.has(input));
    const names = users.flatMap(({ entryPoint }) => frequent.get(entryPoint) ?? []);
    return users.some(({ entryPoint }) => entryPoint === program) ? everybody : names.sort().join("-");
  });
  // What only rare commands load is left to the bundler.
  groups.delete("");
  joinSmall(groups, (input) => metafile.inputs[input]?.bytes ?? 0);
  return new Map(
    [...groups].map(([users, inputs]) => [
      users === everybody ? "base" : `shared-${users}`,
      new Set(inputs.map((input) => join(checkout, input))),
    ]),
  );
}

/** The group of what all frequent commands load. */
const everybody = [...frequent.values()].sort().join("-");

/** Sources of fewer bytes are not worth a file. */
const leastBytes = 40_000;

/** Adds the modules of each small group to those of the next larger set of commands. */
function joinSmall(groups: Map<string, string[]>, bytesOf: (input: string) => number): void {
  const commandsOf = (group: string): string[] => group.split("-");
  const byUsers = [...groups.keys()].sort((a, b) => commandsOf(a).length - commandsOf(b).length);
  for (const [index, group] of byUsers.entries()) {
    const inputs = groups.get(group) ?? [];
    if (group === everybody || inputs.reduce((sum, input) => sum + bytesOf(input), 0) >= leastBytes) continue;
    const larger = byUsers
      .slice(index + 1)
      .find((other) => commandsOf(group).every((one) => commandsOf(other).includes(one)));
    if (larger === undefined) continue;
    groups.get(larger)?.push(...inputs);
    groups.delete(group);
  }
}

/** Ours, and not itself an entry point. */
function isShared(input: string): boolean {
  return input.startsWith("packages/") && input !== program && !frequent.has(input);
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
      build.onResolve({ filter: /^[\w-]+$/ }, ({ path }) => (sources.has(path) ? { path, namespace } : undefined));
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
