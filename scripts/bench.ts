import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpus } from "node:os";
import { packageCases } from "./bench/package-cases.ts";
import { compare, formatComparison } from "./bench/compare.ts";
import { checkout } from "./checkout.ts";

/**
 * `npm run bench [-- PART…]`: how long do whole commands take, against programs that anyone has? Each row is the median of seven
 * runs, with its spread, and the bound that we hold ourselves to. The figures are for reading: nothing fails when one is above.
 */
const runs = 7;

async function main(parts: readonly string[]): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "apkmill-bench-"));
  const corpora = process.env["APKMILL_CORPORA"] ?? join(checkout, "..", "shared", "corpora");
  console.log(`median of ${runs} whole processes (min to max); Node ${process.version}, ${cpus().length} processors`);
  try {
    const { cases, close } = await packageCases(corpora, work);
    const chosen = cases.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
    for (const each of chosen) console.log(formatComparison(await compare(each, runs)));
    await close();
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
