import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { lacking } from "./testing/corpora.ts";
import { runInnerMutations } from "./testing/inner-mutations.ts";
import { runMutations } from "./testing/mutation-run.ts";
import { temporaryFolder, testKey, testPorts } from "./testing/packages.ts";
import { ownSpecimens, realSpecimens } from "./testing/specimens.ts";

const seed = Number(process.env["APKMILL_SEED"] ?? randomInt(2 ** 32));

test("10,000 damaged packages and indexes of our own are refused or say what they said", async (t) => {
  const { refused, harmless, faults } = await runMutations(await ownSpecimens(await temporaryFolder(t)), 10_000, seed);
  t.diagnostic(`seed ${String(seed)}: ${String(refused)} refused, ${String(harmless)} without meaning`);
  assert.deepEqual(faults, [], `APKMILL_SEED=${String(seed)}`);
});

test(
  "10,000 damaged real packages and indexes are refused or say what they said",
  { skip: lacking("alpine-3.19-x86_64", "wolfi-signed", "openwrt-v3") },
  async (t) => {
    const { refused, harmless, faults } = await runMutations(await realSpecimens(), 10_000, seed);
    t.diagnostic(`seed ${String(seed)}: ${String(refused)} refused, ${String(harmless)} without meaning`);
    assert.deepEqual(faults, [], `APKMILL_SEED=${String(seed)}`);
  },
);

test("damage inside the wrapping is refused by a code or read: 10,000 packages and indexes", async (t) => {
  const folder = await temporaryFolder(t);
  const ports = await testPorts(t, folder);
  const { accepted, faults } = await runInnerMutations(ports, join(folder, "inner"), testKey(), 10_000, seed);
  t.diagnostic(`seed ${String(seed)}: ${String(accepted)} still make sense`);
  assert.deepEqual(faults, [], `APKMILL_SEED=${String(seed)}`);
});
