import { parseArgs } from "node:util";
import type { Repository } from "../packages/apk/src/repository.ts";
import { corpora } from "../packages/apk/src/testing/corpora.ts";
import {
  corpusGoldens,
  goldenPaths,
  readGoldenFile,
  type GoldenFile,
} from "../packages/apk/src/testing/golden-cases.ts";
import { alpineRepositories } from "../packages/apk/src/testing/golden-repositories.ts";
import { aspects, tallyGoldens, type GoldenTally } from "../packages/apk/src/testing/golden-tally.ts";

/**
 * Does our resolver answer as the real apk does? Asks it everything that the corpora's golden files, or files that the caller
 * names, asked apk, and counts in how many cases they agree: in the verdict, the set, the order, in that the set satisfies what
 * it should, and in the packages and names that a failure is about.
 *
 * Exit status: 0 all agree, 1 some case differs, 2 there was nothing to compare with: what is missing is never counted.
 */
const usage = `usage: npm run conformance -- [--json] [--show N] [FILE|FOLDER]…

Compares our resolver with what the real apk answered. Without names: all golden files of the corpora
(../shared/corpora, or APKMILL_CORPORA). Files are .jsonl (resolve, universe) or .tsv (versions), told by their content.

  --json     one JSON value instead of text
  --show N   how many differences are listed (10)`;

class Unusable extends Error {}

interface Options {
  readonly json: boolean;
  readonly show: number;
  readonly paths: readonly string[];
}

function main(args: readonly string[]): number {
  const options = readOptions(args);
  const files = openFiles(options.paths);
  const alpine = openAlpine(files);
  const tallies: GoldenTally[] = [];
  for (const file of files) {
    const tally = tallyGoldens(file, alpine);
    tallies.push(tally);
    if (!options.json) console.log(describeTally(tally));
  }
  const isEqual = tallies.every(({ differences }) => differences.length === 0);
  if (options.json) console.log(JSON.stringify({ equal: isEqual, files: tallies }));
  else console.log(summarise(tallies, options.show));
  return isEqual ? 0 : 1;
}

function readOptions(args: readonly string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "boolean", default: false }, show: { type: "string", default: "10" } },
    });
    if (!/^\d+$/.test(values.show)) throw new Unusable("--show takes a number");
    return { json: values.json, show: Number(values.show), paths: positionals };
  } catch (error) {
    throw new Unusable(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** Named files must hold cases; in a folder, other files may stand beside them. */
function openFiles(paths: readonly string[]): GoldenFile[] {
  const files = paths.length === 0 ? openCorpora() : paths.flatMap(openPath);
  if (files.length === 0) throw new Unusable(`no cases to compare with in ${paths.join(", ")}`);
  return files;
}

function openCorpora(): GoldenFile[] {
  const files = corpusGoldens().flatMap((path) => readGoldenFile(path) ?? []);
  if (new Set(files.map(({ kind }) => kind)).size < 3) {
    throw new Unusable(
      `needs the corpora: golden/resolve, golden/universe and golden/versions are not all in ${corpora}; set APKMILL_CORPORA`,
    );
  }
  return files;
}

function openPath(path: string): GoldenFile[] {
  const found = goldenPaths(path);
  if (found.length === 0) throw new Unusable(`${path}: there is no such file, and no folder with cases in it`);
  const files = found.flatMap((each) => readGoldenFile(each) ?? []);
  if (files.length === 0) throw new Unusable(`${path}: holds no cases of apk (resolve, universe or versions)`);
  return files;
}

function openAlpine(files: readonly GoldenFile[]): readonly Repository[] {
  if (files.every(({ kind }) => kind !== "resolve")) return [];
  const repositories = alpineRepositories();
  if (repositories === undefined) {
    throw new Unusable(`needs the two indexes in ${corpora}/alpine-3.19-x86_64/cache; set APKMILL_CORPORA`);
  }
  return repositories;
}

function describeTally({ path, kind, cases, agree }: GoldenTally): string {
  const counts = aspects.flatMap((aspect) => {
    const count = agree[aspect];
    return count === undefined ? [] : `${aspect} ${count.agreed}/${count.of}`;
  });
  return `${kind.padEnd(8)} ${String(cases).padStart(5)} cases: ${counts.join(", ")}  (${path})`;
}

function summarise(tallies: readonly GoldenTally[], show: number): string {
  const differences = tallies.flatMap((tally) => tally.differences);
  const total = tallies.reduce((sum, { cases }) => sum + cases, 0);
  const lines = differences
    .slice(0, show)
    .map(({ path, line, asked, difference }) => `  ${path}:${line}: ${asked}: ${difference}`);
  const more = differences.length > show ? [`  and ${differences.length - show} more`] : [];
  const verdict = differences.length === 0 ? `all ${total} agree` : `${differences.length} of ${total} differ:`;
  return [verdict, ...lines, ...more].join("\n");
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
