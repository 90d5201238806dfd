import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lacking } from "./testing/corpora.ts";
import { corpusGoldens, readGoldenFile } from "./testing/golden-cases.ts";
import { alpineRepositories } from "./testing/golden-repositories.ts";
import { tallyGoldens } from "./testing/golden-tally.ts";

/**
 * What the real apk 3.0.6 answers: the same verdict, the same set, the same order, in every case; and where it fails, reasons
 * that name every package and name that its message is about.
 */
const skip = lacking(
  "golden/resolve",
  "golden/universe",
  "golden/versions",
  "alpine-3.19-x86_64/cache/APKINDEX.b2c94760.tar.gz",
  "alpine-3.19-x86_64/cache/APKINDEX.be78cdff.tar.gz",
);
/** APKMILL_ALL_CASES asks every request; otherwise every fourth of those over a whole distribution, which takes five seconds. */
const isFull = process.env["APKMILL_ALL_CASES"] !== undefined;
const cases = { resolve: 768, universe: 700, versions: 1000 };

describe("as the real apk", { skip }, () => {
  for (const kind of ["resolve", "universe", "versions"] as const) {
    test(`answers the cases of golden/${kind}`, (t) => {
      const files = corpusGoldens()
        .flatMap((path) => readGoldenFile(path) ?? [])
        .filter((file) => file.kind === kind);
      const repositories = kind === "resolve" ? (alpineRepositories() ?? []) : [];
      const step = kind === "resolve" && !isFull ? 4 : 1;
      const tallies = files.map((file) => tallyGoldens(file, repositories, step));
      for (const { cases: number, agree } of tallies) t.diagnostic(`${number} cases: ${JSON.stringify(agree)}`);
      assert.deepEqual(
        tallies.flatMap(({ differences }) => differences),
        [],
      );
      assert.equal(
        files.reduce((sum, file) => sum + file.cases.length, 0),
        cases[kind],
      );
    });
  }
});
