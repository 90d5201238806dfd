import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { compare, formatComparison, type BenchCases } from "./bench/compare.ts";
import { imageCases } from "./bench/image-cases.ts";
import { packageCases } from "./bench/package-cases.ts";
import { checkout } from "./checkout.ts";

/**
 * `npm run bench [-- PART…]`: how long do whole commands take, against programs that anyone has? Each row is the median of seven
 * runs, with its spread, and the bound that we hold ourselves to. The figures are for reading: nothing fails when one is above.
 * A PART is `packages`, `images`, or a part of a row's name.
 */
const runs = 7;

const groups: ReadonlyMap<string, (corpora: string, work: string) => Promise<BenchCases>> = new Map([
  ["packages", packageCases],
  ["images", imageCases],
]);

async function main(parts: readonly string[]): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "apkmill-bench-"));
  const corpora = process.env["APKMILL_CORPORA"] ?? join(checkout, "..", "shared", "corpora");
  console.log(`median of ${runs} whole processes (min to max); Node ${process.version}, ${cpus().length} processors`);
  const named = parts.filter((part) => groups.has(part));
  const texts = parts.filter((part) => !groups.has(part));
  try {
    for (const [name, open] of groups) {
      if (named.length > 0 && !named.includes(name)) continue;
      await mkdir(join(work, name));
      await measure(await open(corpora, join(work, name)), texts);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function measure({ cases, close }: BenchCases, texts: readonly string[]): Promise<void> {
  try {
    const chosen = cases.filter(({ name }) => texts.length === 0 || texts.some((text) => name.includes(text)));
    for (const each of chosen) console.log(formatComparison(await compare(each, runs)));
  } finally {
    await close();
  }
}

await main(process.argv.slice(2));
