import assert from "node:assert/strict";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { compareArchivePaths } from "./package-tree.ts";
import { readTree, streamContent, type OwnerRules } from "./read-tree.ts";

const owners: OwnerRules = {
  allRoot: true,
  buildUser: { uid: 1000, gid: 1000 },
  userNames: new Map([[0, "root"]]),
  groupNames: new Map([[0, "root"]]),
};
const about = { packageName: "p", mtime: 1_700_000_000, owners };

function folder(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "apkmill-tree-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

test("a tree is read in archive order with modes, links and the time that it is given", async (t) => {
  const root = folder(t);
  mkdirSync(join(root, "b"));
  mkdirSync(join(root, "b.d"));
  writeFileSync(join(root, "b/program"), "#!/bin/sh\n");
  chmodSync(join(root, "b/program"), 0o4755);
  linkSync(join(root, "b/program"), join(root, "b/same"));
  symlinkSync("../nowhere", join(root, "b.d/link"));
  chmodSync(join(root, "b.d"), 0o1777);
  const { entries } = await readTree(root, about);
  assert.deepEqual(
    entries.map(({ path, type, mode, linkPath, sizeBytes }) => [path, type, mode.toString(8), linkPath, sizeBytes]),
    [
      ["b", "directory", "755", "", 0],
      ["b/program", "file", "4755", "", 10],
      ["b/same", "hardlink", "4755", "b/program", 0],
      ["b.d", "directory", "1777", "", 0],
      ["b.d/link", "symlink", "777", "../nowhere", 0],
    ],
  );
  assert.ok(entries.every((entry) => entry.mtime === 1_700_000_000 && entry.uname === "root" && entry.uid === 0));
});

test("content streams from the file, and a closed file or folder is read all the same", async (t) => {
  const root = folder(t);
  mkdirSync(join(root, "d"));
  writeFileSync(join(root, "d/f"), "content");
  chmodSync(join(root, "d/f"), 0o111);
  chmodSync(join(root, "d"), 0o111);
  const { entries } = await readTree(root, about);
  const [directory, file] = entries;
  assert.deepEqual([directory?.mode, file?.mode], [0o111, 0o111]);
  const chunks = [];
  if (file !== undefined) for await (const chunk of streamContent(file)) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), "content");
});

test("owners count only where they mean something, and the build user is root in a package", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip("needs root to give files away");
    return;
  }
  const { chownSync } = await import("node:fs");
  const root = folder(t);
  for (const [name, uid, gid] of [
    ["built", 1000, 1000],
    ["mail", 8, 12],
    ["own", 0, 0],
  ] as const) {
    writeFileSync(join(root, name), "");
    chownSync(join(root, name), uid, gid);
  }
  const named = { ...owners, allRoot: false, userNames: new Map([[8, "mail"]]), groupNames: new Map([[12, "mail"]]) };
  const { entries } = await readTree(root, { ...about, owners: named });
  assert.deepEqual(
    entries.map(({ path, uid, gid, uname, gname }) => [path, uid, gid, uname, gname]),
    [
      ["built", 0, 0, "root", "root"],
      ["mail", 8, 12, "mail", "mail"],
      ["own", 0, 0, "root", "root"],
    ],
  );
});

test("a socket, a name that is not UTF-8 and an output that is a link are refused", async (t) => {
  const root = folder(t);
  const server = createServer().listen(join(root, "socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  await assert.rejects(readTree(root, about), { code: "BUILD_BAD_OUTPUT", message: /socket/ });
  server.close();

  const latin = folder(t);
  writeFileSync(Buffer.from(`${latin}/caf\xe9`, "latin1"), "");
  await assert.rejects(readTree(latin, about), { code: "BUILD_BAD_OUTPUT", message: /not UTF-8/ });

  const linked = join(folder(t), "out");
  symlinkSync("/etc", linked);
  await assert.rejects(readTree(linked, about), { code: "BUILD_BAD_OUTPUT" });
});

test("archive order is by the bytes of each name, depth first", () => {
  const paths = ["a.b", "a/é", "a", "a-b", "a/z", "Z", "a/b/c"];
  assert.deepEqual(paths.sort(compareArchivePaths), ["Z", "a", "a/b/c", "a/z", "a/é", "a-b", "a.b"]);
});
