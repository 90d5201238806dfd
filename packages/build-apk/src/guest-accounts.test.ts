import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { addAccounts, namesByNumber, runAsIdentity, withGroups, withUsers } from "./guest-accounts.ts";

const build = { userName: "build", uid: 1000, gid: 1000, shell: "/bin/sh", homeDir: "/home/build" };
const group = { groupName: "build", gid: 1000, members: ["build"] };
const accounts = { runAs: "", users: [build], groups: [group] };

test("accounts are added once, and those of packages stay as they are", () => {
  const passwd = "root:x:0:0:root:/root:/bin/ash\n";
  const more = withUsers(passwd, [build]);
  assert.equal(more, `${passwd}build:x:1000:1000::/home/build:/bin/sh\n`);
  assert.equal(withUsers(more, [{ ...build, uid: 7 }]), more);
  assert.equal(withGroups("root:x:0:root", [group]), "root:x:0:root\nbuild:x:1000:build\n");
});

test("the first name of a number is its name", () => {
  assert.deepEqual(
    [...namesByNumber("root:x:0:0\ntoor:x:0:0\nbad\nx:x:y:1\nbuild:x:1000:1\n")],
    [
      [0, "root"],
      [1000, "build"],
    ],
  );
});

test("steps run as root unless the configuration names somebody", () => {
  const as = (runAs: string) => runAsIdentity({ ...accounts, runAs });
  for (const runAs of ["", "root", "0"]) assert.deepEqual(as(runAs), { uid: 0, gid: 0 });
  for (const runAs of ["build", "1000"]) assert.deepEqual(as(runAs), { uid: 1000, gid: 1000 });
  assert.deepEqual(as("65532"), { uid: 65532, gid: 65532 });
  assert.throws(() => as("nobody"), { code: "BUILD_ENVIRONMENT" });
});

function guest(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "apkmill-guest-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

test("an account file that is a link is replaced, not followed", async (t) => {
  const root = guest(t);
  writeFileSync(join(root, "outside"), "kept");
  mkdirSync(join(root, "etc"));
  symlinkSync(join(root, "outside"), join(root, "etc/passwd"));
  const found = await addAccounts(root, accounts);
  assert.equal(readFileSync(join(root, "outside"), "utf8"), "kept");
  assert.equal(readFileSync(join(root, "etc/passwd"), "utf8"), "build:x:1000:1000::/home/build:/bin/sh\n");
  assert.equal(found.groupNames.get(1000), "build");
});

test("an /etc that leads out of the guest is refused", async (t) => {
  const root = guest(t);
  const outside = join(root, "outside");
  mkdirSync(outside);
  symlinkSync(outside, join(root, "etc"));
  await assert.rejects(addAccounts(root, accounts), { code: "BUILD_ENVIRONMENT" });
});
