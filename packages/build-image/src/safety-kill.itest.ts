import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildApart, endBuildsApart, type ApartJob, type ApartResult } from "./testing/build-apart.ts";
import {
  contentOf,
  debrisIn,
  openSafetyBench,
  scratchIn,
  wholeLayout,
  type SafetyBench,
} from "./testing/safety-bench.ts";

/** Builds that are killed at moments spread over their whole length. The moments are the same in every run of the test. */
describe("a build that is killed", () => {
  let bench: SafetyBench;
  /** What an undisturbed build gives, and how long one takes with an empty and with a filled store. */
  let expected: { readonly digest: string | undefined; readonly files: ReadonlyMap<string, string> };
  /** The digest of another image, which stands before. */
  let earlier: string | undefined;
  let length: { cold: number; readonly warm: number };

  const at = (...names: string[]): string => join(bench.folder, ...names);
  const run = (job: ApartJob): Promise<ApartResult> => buildApart(job).ended;

  async function timed(job: ApartJob): Promise<{ readonly result: ApartResult; readonly ms: number }> {
    const { begun, ended } = buildApart(job);
    await begun;
    const began = performance.now();
    return { result: await ended, ms: performance.now() - began };
  }

  before(async () => {
    bench = await openSafetyBench();
    const job = { configPath: bench.large, output: at("expected"), store: at("store") };
    const cold = await timed(job);
    const warm = await timed(job);
    length = { cold: cold.ms, warm: warm.ms };
    expected = { digest: cold.result.digest, files: contentOf(at("expected")) };
    earlier = (await run({ configPath: bench.small, output: at("small"), store: at("store") })).digest;
    assert.ok(expected.digest !== undefined && earlier !== undefined);
  });
  after(() => {
    endBuildsApart();
    return bench.close();
  });

  /** Whether a build was killed before it ended, and how long it had then taken. */
  async function killAfter(job: ApartJob, ms: number): Promise<{ readonly killed: boolean; readonly ms: number }> {
    const { child, begun, ended } = buildApart(job);
    await begun;
    const began = performance.now();
    await Promise.race([sleep(ms, undefined, { ref: false }), ended]);
    const took = performance.now() - began;
    return { killed: child.kill("SIGKILL") && (await ended).status === undefined, ms: took };
  }

  /**
   * Kills a build at that share of its length. One that the machine ran faster than the one that was timed, or that found
   * much in the store, is over by then: it is begun again with an empty store, whose builds take as long as that one
   * took.
   */
  async function killAt(job: ApartJob, moment: number): Promise<boolean> {
    if ((await killAfter(job, moment * length.cold)).killed) return true;
    for (let tries = 0; tries < 3; tries++) {
      clear(job);
      const { killed, ms } = await killAfter(job, moment * length.cold);
      if (killed) return true;
      length.cold = Math.min(length.cold, ms);
    }
    return false;
  }

  function clear(job: ApartJob): void {
    rmSync(job.output, { recursive: true, force: true });
    rmSync(job.store, { recursive: true, force: true });
  }

  /** Numbers between 0 and 1 that look like chance: the golden ratio's multiples spread evenly however many there are. */
  const moments = (count: number): number[] =>
    Array.from({ length: count }, (_, index) => ((index + 1) * 0.618_033_988_75) % 1);

  test("with an empty store leaves nothing that the next one minds", async () => {
    let killed = 0;
    for (const [index, moment] of moments(10).entries()) {
      const job = { configPath: bench.large, output: at("cold"), store: at("cold-store") };
      killed += (await killAt(job, moment)) ? 1 : 0;
      assert.ok([undefined, expected.digest].includes(await wholeLayout(job.output)), `after ${String(moment)}`);
      if (index % 3 !== 0) continue;
      assert.equal((await run(job)).digest, expected.digest);
      assert.deepEqual(contentOf(job.output), expected.files);
      assert.deepEqual([debrisIn(at("cold")), scratchIn(job.store)], [[], []]);
      clear(job);
    }
    assert.ok(killed >= 6, `only ${String(killed)} were killed in time`);
  });

  test("while it replaces an image leaves that or the new one, whole at every moment", async () => {
    const output = at("replaced");
    const job = { configPath: bench.large, output, store: at("store") };
    const seen = new Set<string | undefined>();
    for (const [index, moment] of moments(14).entries()) {
      if (index % 2 === 0) {
        rmSync(output, { recursive: true, force: true });
        cpSync(at("small"), output, { recursive: true });
      }
      await killAfter(job, moment * length.warm);
      const found = await wholeLayout(output);
      assert.ok([earlier, expected.digest].includes(found), `after ${String(moment)}`);
      seen.add(found);
    }
    assert.equal((await run(job)).digest, expected.digest);
    assert.deepEqual(contentOf(output), expected.files);
    assert.deepEqual([debrisIn(output), scratchIn(at("store"))], [[], []]);
    assert.ok(seen.has(earlier));
  });

  test("while it writes a tar leaves the earlier one", async () => {
    const output = at("tar", "image.tar");
    const job = { configPath: bench.large, output, store: at("store") };
    assert.ok((await run({ ...job, configPath: bench.small })).digest);
    const standing = readFileSync(output);
    assert.ok((await run({ ...job, output: at("other", "image.tar") })).digest);
    const later = readFileSync(at("other", "image.tar"));
    for (const moment of moments(5)) {
      await killAfter(job, (0.4 + 0.6 * moment) * length.warm);
      const found = readFileSync(output);
      assert.ok(found.equals(standing) || found.equals(later), `after ${String(moment)}`);
    }
    assert.equal((await run(job)).digest, expected.digest);
    assert.ok(readFileSync(output).equals(later));
    assert.deepEqual(debrisIn(at("tar")), []);
  });

  test("by a signal that asks for it ends at once, says so and leaves nothing", async () => {
    for (const moment of [0.1, 0.4, 0.7]) {
      const job = {
        configPath: bench.large,
        output: at(`asked-${String(moment)}`),
        store: at(`asked-store-${String(moment)}`),
      };
      const { child, begun, ended } = buildApart(job);
      await begun;
      await sleep(moment * length.cold);
      child.kill("SIGTERM");
      const asked = performance.now();
      const { error, digest, status } = await ended;
      assert.ok(performance.now() - asked < 3000);
      if (digest === undefined) {
        assert.equal(error?.code, "CANCELLED");
        assert.notEqual(status, 0);
        assert.equal(existsSync(job.output), false);
        assert.deepEqual(scratchIn(job.store), []);
      }
      assert.equal((await run(job)).digest, expected.digest);
    }
  });
});
