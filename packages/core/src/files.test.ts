import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { asideOf, removeAsides, writeAside } from "./files.ts";
import { stageFile, stageFiles, writeFileAside } from "./staged-file.ts";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "files-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("a file is replaced as a whole, with the mode that was asked for whatever the umask", async (t) => {
  const path = join(await folder(t), "sub", "file");
  const before = process.umask(0o077);
  try {
    await writeFileAside(path, "new", 0o644);
  } finally {
    process.umask(before);
  }
  assert.equal(await readFile(path, "utf8"), "new");
  assert.equal((await stat(path)).mode & 0o7777, 0o644);
});

test("work that fails leaves the old file and nothing beside it", async (t) => {
  const root = await folder(t);
  const path = join(root, "file");
  await writeFile(path, "old");
  const work = writeAside(path, async (handle) => {
    await handle.writeFile("half");
    throw new Error("stop");
  });
  await assert.rejects(work, /stop/);
  assert.equal(await readFile(path, "utf8"), "old");
  assert.deepEqual(await readdir(root), ["file"]);
});

test("a staged file is seen when it is committed, and gone when it is discarded", async (t) => {
  const root = await folder(t);
  const path = join(root, "file");
  await writeFile(path, "old");
  const staged = await stageFile(path, "new");
  assert.equal(await readFile(path, "utf8"), "old");
  staged.commit();
  assert.equal(await readFile(path, "utf8"), "new");
  (await stageFile(path, "newer")).discard();
  assert.deepEqual(await readdir(root), ["file"]);
  await assert.rejects(stageFile(join(path, "below"), ""), { code: "FILE_UNWRITABLE" });
});

test("of several files all are staged, or none", async (t) => {
  const root = await folder(t);
  const [one, two] = [join(root, "one"), join(root, "two")];
  await writeFile(join(root, "file"), "");
  const failing = stageFiles([
    [one, "1"],
    [join(root, "file", "below"), "2"],
  ]);
  await assert.rejects(failing, { code: "FILE_UNWRITABLE" });
  assert.deepEqual(await readdir(root), ["file"]);
  const staged = await stageFiles([
    [one, "1"],
    [two, "2"],
  ]);
  staged.commit();
  assert.deepEqual(await readdir(root), ["file", "one", "two"]);
});

test("what killed processes left beside a file is removed, and nothing that is another's", async (t) => {
  const root = await folder(t);
  const path = join(root, "file");
  const others = [asideOf(join(root, "file2")), join(root, ".apkmill-file.txt"), join(root, "file")];
  for (const each of [asideOf(path), asideOf(path), ...others]) await writeFile(each, "");
  await removeAsides(path);
  assert.deepEqual((await readdir(root)).sort(), others.map((each) => each.slice(root.length + 1)).sort());
});

test("a folder that cannot be written is named", async (t) => {
  const root = await folder(t);
  await writeFile(join(root, "file"), "");
  await assert.rejects(writeFileAside(join(root, "file", "below"), ""), { code: "FILE_UNWRITABLE" });
});
