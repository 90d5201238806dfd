import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { forEachConcurrently } from "./concurrently.ts";

describe("work on many items", () => {
  test("is done for each, in order of start, never more than the width at once", async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await forEachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      started.push(item);
      most = Math.max(most, (running += 1));
      await turn();
      running -= 1;
    });
    assert.deepEqual(started, [1, 2, 3, 4, 5, 6, 7]);
    assert.equal(most, 3);
  });

  test("stops at the first failure, and waits for what runs", async () => {
    const finished: number[] = [];
    const work = forEachConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
      await turn();
      if (item === 1) throw new Error("first");
      await turn();
      finished.push(item);
    });
    await assert.rejects(work, /first/);
    assert.deepEqual(finished, [2]);
  });

  test("on nothing is done at once", async () => {
    await forEachConcurrently([], 4, () => Promise.reject(new Error("never")));
  });
});
