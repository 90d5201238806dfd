import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { bombs } from "./testing/bombs.ts";
import { temporaryFolder, testKey } from "./testing/packages.ts";

const { key, publicPem } = testKey();
const reader = join(import.meta.dirname, "testing/read-bomb.ts");

for (const { name, kind, bytes, outcome } of bombs(key)) {
  test(`${name} ends with ${outcome} within ten seconds and 256 MiB`, async (t) => {
    const folder = await temporaryFolder(t);
    const keyFile = join(folder, "test.rsa.pub");
    const file = join(folder, "bomb");
    await writeFile(keyFile, publicPem);
    await writeFile(file, bytes());
    const began = performance.now();
    const { stdout } = await promisify(execFile)(process.execPath, [reader, kind, file, keyFile]);
    const seconds = (performance.now() - began) / 1000;
    const found = JSON.parse(stdout) as { outcome: string; peakBytes: number };
    assert.equal(found.outcome, outcome);
    assert.ok(found.peakBytes < 256 * 2 ** 20, `${String(found.peakBytes)} bytes`);
    assert.ok(seconds < 10, `${String(seconds)} s`);
    t.diagnostic(`${(found.peakBytes / 2 ** 20).toFixed(0)} MiB, ${seconds.toFixed(2)} s`);
  });
}
