import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { build, type BuildOptions, type Metafile } from "esbuild";
import { withShared } from "./bundle-base.ts";
import { asParts } from "./bundle-parts.ts";
import { direct } from "./bundle-imports.ts";
import { collectLicenses } from "./bundle-licenses.ts";
import { checkout } from "./checkout.ts";

/**
 * Bundles the command line and every node24 action into their `dist/`. With --check it only compares, byte for byte.
 *
 * ESM with splitting, so that the artifact client and sigstore are loaded only by the steps that need them. The banner gives
 * CommonJS dependencies their `require` under a name that no bundled module declares.
 */

/** The program of the threads that unpack packages; a file of its own, as a thread loads no more than it needs. */
const unpackWorker = "packages/apk/src/unpack/unpack-worker.ts";

const bundles = [
  { folder: "packages/cli", entry: "src/start.ts", worker: unpackWorker, startsOften: true },
  { folder: "action-build-apk", entry: "src/main.ts", worker: unpackWorker },
  { folder: "action-build-image", entry: "src/main.ts", worker: unpackWorker },
  { folder: "action-publish", entry: "src/main.ts" },
  { folder: "actions/setup", entry: "src/main.ts" },
] as const satisfies readonly Bundle[];

interface Bundle {
  readonly folder: string;
  readonly entry: string;
  readonly worker?: string;
  /** What its commands share is in few files, and those are parts, whose compiled code is kept. */
  readonly startsOften?: boolean;
}

const banner =
  'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);';

/** Gives a file with CommonJS code in it a `require`; the others need not look for one when they start. */
function withRequire(code: string): Uint8Array {
  return Buffer.from(/\brequire\b/.test(code) ? banner + code : code);
}

function withRequires(modules: ReadonlyMap<string, string>): [string, Uint8Array][] {
  return [...modules].map(([name, code]) => [name, withRequire(code)]);
}

function partsOf(modules: ReadonlyMap<string, string>): [string, Uint8Array][] {
  return [...asParts(modules)].map(([name, script]) => [name, Buffer.from(script)]);
}

/** The files of a `dist/`, by name. */
async function bundle({ folder, entry, worker, startsOften = false }: Bundle): Promise<Map<string, Uint8Array>> {
  const outdir = `${folder}/dist`;
  const options = {
    absWorkingDir: checkout,
    entryPoints: [{ in: `${folder}/${entry}`, out: "main" }],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minifySyntax: true,
    minifyWhitespace: true,
    // They stand whole in licenses.txt.
    legalComments: "none",
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk-[hash]",
    plugins: [direct],
    logLevel: "warning",
  } satisfies BuildOptions;
  const workers = worker === undefined ? new Map<string, Uint8Array>() : await bundleWorker(options, worker);
  // An action is one entry point, and shares nothing.
  const { outputFiles, metafile } = await build({
    ...(startsOften ? await withShared(options) : options),
    write: false,
    metafile: true,
  });
  const reached = reachedOutputs(metafile, outdir);
  const scripts = outputFiles.filter(({ path }) => reached.has(relative(checkout, path)));
  const inputs = [...reached].flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {}));
  const modules = new Map(scripts.map(({ path, text }) => [basename(path), text]));
  return new Map([
    ...workers,
    ...(startsOften ? partsOf(modules) : withRequires(modules)),
    ["licenses.txt", Buffer.from(await collectLicenses(inputs))],
  ]);
}

/** The one file of a thread's program; what it holds is held by the main program as well, so that its licenses are told. */
async function bundleWorker(options: BuildOptions, worker: string): Promise<Map<string, Uint8Array>> {
  const name = basename(worker, ".ts");
  const entryPoints = [{ in: worker, out: name }];
  const { outputFiles } = await build({ ...options, entryPoints, splitting: false, write: false });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), withRequire(text)]));
}

/** esbuild writes a chunk for every dynamic import that it saw, also for those in functions that nobody calls. */
function reachedOutputs({ outputs }: Metafile, outdir: string): Set<string> {
  const reached = new Set([`${outdir}/main.mjs`]);
  for (const output of reached) {
    for (const { path, external } of outputs[output]?.imports ?? []) {
      // Files that are shared are external to one another.
      const file = external === true ? join(outdir, path) : path;
      if (file in outputs) reached.add(file);
    }
  }
  return reached;
}

/** The files of a folder, by name; none when it does not exist. */
async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const names = await readdir(folder).catch(() => []);
  return new Map(
    await Promise.all(names.sort().map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

async function differences(target: Bundle): Promise<string[]> {
  const [wanted, found] = await Promise.all([bundle(target), filesOf(join(checkout, target.folder, "dist"))]);
  const names = [...new Set([...wanted.keys(), ...found.keys()])];
  return names
    .filter((name) => found.get(name)?.equals(wanted.get(name) ?? Buffer.alloc(0)) !== true)
    .map((name) => `${target.folder}/dist/${name} is stale`);
}

async function rebuild(target: Bundle): Promise<void> {
  const files = await bundle(target);
  const dist = join(checkout, target.folder, "dist");
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist);
  for (const [name, bytes] of files) await writeFile(join(dist, name), bytes);
}

if (process.argv.includes("--check")) {
  const stale = (await Promise.all(bundles.map(differences))).flat();
  for (const line of stale) console.log(line);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  await Promise.all(bundles.map(rebuild));
}
