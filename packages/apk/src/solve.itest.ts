import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { readIndex } from "./index-file.ts";
import type { IndexRecord } from "./package-info.ts";
import type { Repository } from "./repository.ts";
import { addToWorld, solve } from "./solve.ts";
import { compareVersions, isValidVersion } from "./version.ts";

/**
 * What the real apk 3.0.6 answers: the same verdict, the same set, the same order, in every case.
 */
const corpora =
  process.env["APKMILL_CORPORA"] ?? join(import.meta.dirname, "..", "..", "..", "..", "shared", "corpora");
const skip = existsSync(corpora) ? false : "needs the corpora";
const golden = join(corpora, "golden");
/** APKMILL_ALL_CASES asks every request; otherwise every fourth, which takes five seconds. */
const everyNth = process.env["APKMILL_ALL_CASES"] === undefined ? 4 : 1;

interface Case {
  readonly add: readonly string[];
  readonly rc: number;
  readonly install?: readonly string[];
  readonly changes?: readonly (readonly [string, string, string])[];
  readonly repositories?: readonly (readonly Partial<
    IndexRecord & { install_if: readonly string[]; provider_priority: number }
  >[])[];
}

function readCases(path: string): Case[] {
  return readFileSync(join(golden, path), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Case);
}

interface Agreement {
  verdict: number;
  set: number;
  order: number;
}

function compare(
  repositories: readonly Repository[],
  { add, rc }: Case,
  wanted: readonly string[],
  tally: Agreement,
): void {
  const solution = solve({ repositories, world: addToWorld([], add), arch: "x86_64" });
  const found = solution.ok ? solution.install.map(({ record }) => `${record.name}-${record.version}`) : [];
  if (solution.ok !== (rc === 0)) return;
  tally.verdict += 1;
  if (rc === 0 && [...found].sort().join() !== [...wanted].sort().join()) return;
  tally.set += 1;
  if (rc !== 0 || found.join() === wanted.join()) tally.order += 1;
}

function universeOf({ repositories = [] }: Case): Repository[] {
  return repositories.map((records, index) => ({
    location: String(index),
    tag: "",
    arch: "x86_64",
    signer: undefined,
    records: records.map((record) => {
      const {
        name = "",
        version = "",
        depends = [],
        provides = [],
        install_if: installIf = [],
        provider_priority: providerPriority = 0,
      } = record;
      const blank = {
        description: "",
        url: "",
        license: "",
        origin: "",
        maintainer: "",
        commit: "",
        buildTime: 0,
        installedSizeBytes: 1,
        sizeBytes: 1,
      };
      return {
        ...blank,
        name,
        version,
        depends,
        provides,
        installIf,
        providerPriority,
        arch: "x86_64",
        checksum: `Q1${createHash("sha1").update(JSON.stringify(record)).digest("base64")}`,
      };
    }),
  }));
}

describe("as the real apk", { skip }, () => {
  test("orders and judges all 1,000 pairs of versions", () => {
    const words = { "-1": "<", "0": "=", "1": ">" } as const;
    const rows = readFileSync(join(golden, "versions", "pairs.tsv"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    for (const [a = "", b = "", wanted] of rows) {
      const found = isValidVersion(a) && isValidVersion(b) ? words[`${compareVersions(a, b)}`] : "invalid";
      assert.equal(found, wanted, `${a} ${b}`);
    }
    assert.equal(rows.length, 1000);
  });

  test("resolves real requests over Alpine's two indexes", (t) => {
    const cache = join(corpora, "alpine-3.19-x86_64", "cache");
    const repositories = ["b2c94760", "be78cdff"].map((hash): Repository => {
      const file = readdirSync(cache).find((name) => name.startsWith(`APKINDEX.${hash}`)) ?? "";
      const { records } = readIndex(readFileSync(join(cache, file)), { limits: defaultLimits });
      return { location: hash, tag: "", arch: "x86_64", signer: undefined, records };
    });
    const tally = { verdict: 0, set: 0, order: 0 };
    const all = [
      ...readCases("resolve/alpine-3.19-x86_64.jsonl"),
      ...readCases("resolve/alpine-3.19-x86_64-constraints.jsonl"),
    ];
    const cases = all.filter((_, index) => index % everyNth === 0);
    for (const each of cases) compare(repositories, each, each.install ?? [], tally);
    t.diagnostic(`${cases.length} requests: ${JSON.stringify(tally)}`);
    assert.deepEqual(tally, { verdict: cases.length, set: cases.length, order: cases.length });
  });

  test("resolves small universes that exercise every rule", (t) => {
    const tally = { verdict: 0, set: 0, order: 0 };
    const cases = readCases("universe/cases.jsonl");
    for (const each of cases)
      compare(
        universeOf(each),
        each,
        (each.changes ?? []).map(([, name, version]) => `${name}-${version}`),
        tally,
      );
    t.diagnostic(`${cases.length} universes: ${JSON.stringify(tally)}`);
    assert.deepEqual(tally, { verdict: 700, set: 700, order: 700 });
  });
});
