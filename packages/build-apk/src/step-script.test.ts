import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { stepEnvironment, stepFolder, stepScript } from "./step-script.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "apkmill-step-")));
after(() => rmSync(folder, { recursive: true, force: true }));

function sh(script: string, workingDirectory = folder): { status: number | null; out: string } {
  const ran = spawnSync("/bin/sh", ["-c", stepScript({ script, workingDirectory })], { encoding: "utf8", cwd: "/" });
  return { status: ran.status, out: ran.stdout.trim() };
}

test("a script stops at its first failure and succeeds when only its last condition is false", () => {
  assert.deepEqual(sh("false\necho on"), { status: 1, out: "" });
  assert.deepEqual(sh("echo on\n[ 1 = 2 ] && echo never"), { status: 0, out: "on" });
});

test("a script begins in its folder, which is made, whatever its name", () => {
  const odd = join(folder, "it's; touch $(x) `y`");
  assert.deepEqual(sh("pwd", odd), { status: 0, out: odd });
});

test("files are made with the same permissions whatever the umask of the builder", () => {
  const before = process.umask(0o077);
  try {
    sh("touch made");
  } finally {
    process.umask(before);
  }
  assert.equal(statSync(join(folder, "made")).mode & 0o777, 0o644);
});

test("folders are those of the workspace unless they are absolute", () => {
  assert.equal(stepFolder({ workingDirectory: "" }), "/home/build");
  assert.equal(stepFolder({ workingDirectory: "src" }), "/home/build/src");
  assert.equal(stepFolder({ workingDirectory: "/src" }), "/src");
});

test("a step's variables win over the search path, and that over the environment's", () => {
  const environment = { A: "environment", PATH: "/environment", SOURCE_DATE_EPOCH: "7" };
  assert.deepEqual(stepEnvironment(environment, { environment: { A: "step" } }, 1), {
    A: "step",
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin",
    SOURCE_DATE_EPOCH: "7",
  });
  assert.equal(stepEnvironment({}, { environment: {} }, 1)["SOURCE_DATE_EPOCH"], "1");
});
