import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { inLanes } from "./lanes.ts";

test("results come in the order of the items, whichever ends first", async () => {
  const results = await inLanes([30, 1, 20, 2], 3, async (ms) => {
    await wait(ms);
    return ms;
  });
  assert.deepEqual(results, [30, 1, 20, 2]);
});

test("no more than the lanes are under way at once", async () => {
  let [now, most] = [0, 0];
  await inLanes(Array.from({ length: 20 }), 4, async () => {
    now += 1;
    most = Math.max(most, now);
    await wait(1);
    now -= 1;
  });
  assert.equal(most, 4);
});

test("the first failure is thrown when all that was under way has ended, and nothing new begins", async () => {
  const ended: number[] = [];
  const work = inLanes([0, 1, 2, 3, 4], 2, async (item) => {
    await wait(item === 0 ? 1 : 20);
    ended.push(item);
    if (item === 0) throw new Error("first");
  });
  await assert.rejects(work, /first/);
  assert.deepEqual(ended, [0, 1]);
});

test("from both ends, items are taken in turn until they meet", async () => {
  const taken: number[] = [];
  const results = await inLanes(
    [0, 1, 2, 3, 4],
    2,
    async (item) => {
      taken.push(item);
      await wait(1);
      return item * 2;
    },
    { fromBothEnds: true },
  );
  assert.deepEqual(taken, [0, 4, 1, 3, 2]);
  assert.deepEqual(results, [0, 2, 4, 6, 8]);
});
