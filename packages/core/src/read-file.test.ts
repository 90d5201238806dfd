import assert from "node:assert/strict";
import { mkdtempDisposable, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readFileWithin } from "./read-file.ts";

test("a file is read whole, or refused by name: one that is not there, is no file, or is too large", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "apkmill-read-"));
  const path = join(folder.path, "file");
  for (const text of ["", "12345", "1234567890"]) {
    await writeFile(path, text);
    assert.equal((await readFileWithin(path, 10)).toString(), text);
  }
  await writeFile(path, "12345678901");
  await assert.rejects(readFileWithin(path, 10), { code: "LIMIT_EXCEEDED" });
  await assert.rejects(readFileWithin(join(folder.path, "absent"), 10), { code: "FILE_UNREADABLE" });
  await assert.rejects(readFileWithin(folder.path, 100_000), { code: "FILE_UNREADABLE" });
});

test("a file that does not say how long it is is read to its end, and no further than its limit", async () => {
  assert.equal((await stat("/proc/mounts")).size, 0);
  assert.deepEqual(await readFileWithin("/proc/mounts", 1_000_000), await readFile("/proc/mounts"));
  await assert.rejects(readFileWithin("/dev/zero", 100_000), { code: "LIMIT_EXCEEDED" });
});
