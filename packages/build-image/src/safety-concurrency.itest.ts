import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildApart, endBuildsApart } from "./testing/build-apart.ts";
import {
  contentOf,
  debrisIn,
  openSafetyBench,
  scratchIn,
  wholeLayout,
  type SafetyBench,
} from "./testing/safety-bench.ts";

/** Builds at the same time, in processes of their own. */
describe("builds at once", () => {
  let bench: SafetyBench;
  let expected: ReadonlyMap<string, string>;
  const at = (...names: string[]): string => join(bench.folder, ...names);
  const digests = async (
    jobs: readonly { output: string; store: string; configPath?: string }[],
  ): Promise<(string | undefined)[]> => {
    const results = await Promise.all(jobs.map((job) => buildApart({ configPath: bench.large, ...job }).ended));
    for (const { error } of results) assert.equal(error, undefined);
    return results.map(({ digest }) => digest);
  };

  before(async () => {
    bench = await openSafetyBench();
    await digests([{ output: at("expected"), store: at("store") }]);
    expected = contentOf(at("expected"));
  });
  after(() => {
    endBuildsApart();
    return bench.close();
  });

  for (const count of [2, 4]) {
    test(`${String(count)} of them with one empty store give the same bytes`, async () => {
      const store = at(`store-${String(count)}`);
      const outputs = Array.from({ length: count }, (_, index) => at(`apart-${String(count)}-${String(index)}`));
      assert.equal(new Set(await digests(outputs.map((output) => ({ output, store })))).size, 1);
      for (const output of outputs) assert.deepEqual(contentOf(output), expected);
      assert.deepEqual(scratchIn(store), []);
    });

    test(`${String(count)} of them with one output leave one whole image`, async () => {
      const [store, output] = [at(`shared-store-${String(count)}`), at(`shared-${String(count)}`)];
      await digests(Array.from({ length: count }, () => ({ output, store })));
      assert.deepEqual(contentOf(output), expected);
      assert.deepEqual(debrisIn(output), []);
    });
  }

  test("of different images into one place leave one of them, whole, and nothing of the other", async () => {
    const job = { output: at("mixed"), store: at("store") };
    const small = { ...job, configPath: bench.small };
    for (const jobs of [
      [small, job],
      [job, small, job, small],
    ]) {
      const built = await digests(jobs);
      assert.ok(built.includes(await wholeLayout(job.output)));
      const blobs = [...contentOf(join(job.output, "blobs")).keys()].length;
      const isLarge = (await wholeLayout(job.output)) === built[jobs.indexOf(job)];
      assert.equal(isLarge, contentOf(job.output).size === expected.size, `${String(blobs)} blobs`);
    }
  });

  test("with one tar leave one whole tar, and its SBOMs", async () => {
    const [store, output] = [at("store"), at("tars", "image.tar")];
    await digests([{ output, store }]);
    const alone = readFileSync(output);
    const names = [...contentOf(at("tars")).keys()];
    await digests(Array.from({ length: 3 }, () => ({ output, store })));
    assert.ok(readFileSync(output).equals(alone));
    assert.deepEqual([...contentOf(at("tars")).keys()], names);
    assert.ok(existsSync(at("tars", "sbom-index.spdx.json")));
  });
});
