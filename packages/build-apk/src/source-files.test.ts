import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { copySourceFiles, readSourceFiles } from "./source-files.ts";

function folder(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "apkmill-source-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const read = (root: string, exclude: readonly string[] = []) =>
  readSourceFiles(root, { exclude, limits: defaultLimits });

test("regular files and links are taken, without what is ignored or our own", async (t) => {
  const root = folder(t, { "b/x": "", a: "", "a.o": "", "out/p.apk": "", ".melangeignore": "*.o\n" });
  mkdirSync(join(root, "empty"));
  symlinkSync("../elsewhere", join(root, "b/link"));
  const { files } = await read(root, [join(root, "out")]);
  assert.deepEqual(
    files.map(({ path }) => path),
    [".melangeignore", "a", "b/link", "b/x"],
  );
});

test("the digest follows content, names, links and the execute bit, not times or the umask", async (t) => {
  const make = () => folder(t, { "d/f": "one", g: "two" });
  const root = make();
  const { digest } = await read(root);
  const same = make();
  chmodSync(join(same, "g"), 0o664);
  assert.equal((await read(same)).digest, digest);
  const changes: ((path: string) => void)[] = [
    (path) => writeFileSync(join(path, "g"), "three"),
    (path) => writeFileSync(join(path, "h"), ""),
    (path) => chmodSync(join(path, "g"), 0o755),
    (path) => symlinkSync("g", join(path, "h")),
    (path) => rmSync(join(path, "g")),
  ];
  const digests = [digest];
  for (const change of changes) {
    const changed = make();
    change(changed);
    digests.push((await read(changed)).digest);
  }
  assert.equal(new Set(digests).size, digests.length);
});

test("what git rewrites when it looks at a checkout is no change of the source", async (t) => {
  const git = {
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/index": "1",
    ".git/logs/HEAD": "1",
    ".git/FETCH_HEAD": "1",
  };
  const first = await read(folder(t, git));
  const later = await read(folder(t, { ...git, ".git/index": "2", ".git/logs/HEAD": "2", ".git/FETCH_HEAD": "2" }));
  assert.equal(first.digest, later.digest);
  const moved = await read(folder(t, { ...git, ".git/HEAD": "ref: refs/heads/other\n" }));
  assert.notEqual(first.digest, moved.digest);
});

test("copies have plain modes and one time", async (t) => {
  const root = folder(t, { "d/f": "text", run: "#!/bin/sh\n" });
  chmodSync(join(root, "d/f"), 0o600);
  chmodSync(join(root, "run"), 0o700);
  symlinkSync("d/f", join(root, "link"));
  const target = folder(t);
  await copySourceFiles(await read(root), target, 1_700_000_000);
  const mode = (path: string): number => statSync(join(target, path)).mode & 0o7777;
  assert.deepEqual([mode("d"), mode("d/f"), mode("run")], [0o755, 0o644, 0o755]);
  assert.equal(readFileSync(join(target, "d/f"), "utf8"), "text");
  assert.equal(readlinkSync(join(target, "link")), "d/f");
  assert.equal(statSync(join(target, "d/f")).mtimeMs, 1_700_000_000_000);
});

test("a source folder that is not there is named", async () => {
  await assert.rejects(read("/nonexistent/source"), { code: "BUILD_BAD_OPTION", message: /\/nonexistent\/source/ });
});
