import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkout } from "./checkout.ts";

/** The licenses of the npm packages that the given source files belong to, as one text, in the order of their names. */
export async function collectLicenses(sources: readonly string[]): Promise<string> {
  const folders = new Set(sources.map(packageFolder).filter((folder) => folder !== undefined));
  const texts = await Promise.all([...folders].sort().map(describePackage));
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/** `node_modules/@actions/core/lib/core.js` → `node_modules/@actions/core`; undefined for a source of our own. */
function packageFolder(source: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

async function describePackage(folder: string): Promise<string> {
  const path = join(checkout, folder);
  const { name, version, license } = JSON.parse(await readFile(join(path, "package.json"), "utf8")) as Manifest;
  const file = (await readdir(path)).sort().find((entry) => /^licen[cs]e(\.(md|txt|mit))?$/i.test(entry));
  const text = file === undefined ? "" : `\n${(await readFile(join(path, file), "utf8")).trim()}\n`;
  return `${name} ${version} (${license ?? "license not stated"})\n${text}`;
}
