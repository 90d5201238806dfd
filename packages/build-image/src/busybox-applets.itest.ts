import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { openPackageData, readPackageFile } from "@apkmill/apk";
import { busyboxApplets } from "./busybox-applets.ts";
import { corpora, missing, openBench } from "./testing/bench.ts";

async function filesOf(name: string, wanted: readonly string[]): Promise<Map<string, Buffer>> {
  const bench = await openBench();
  try {
    const stored = await readPackageFile(bench.ports, join(corpora, name));
    const found = new Map<string, Buffer>();
    for await (const { entry, content } of openPackageData(bench.ports, stored)) {
      if (wanted.includes(entry.path)) found.set(entry.path, Buffer.concat(await Array.fromAsync(content)));
    }
    return found;
  } finally {
    await bench.close();
  }
}

const listed = "alpine-3.19-x86_64/apks/x86_64/busybox-1.36.1-r15.apk";
const unlisted = "alpine-3.13-aarch64/apks/aarch64/busybox-1.32.1-r5.apk";

test("a busybox tells by itself what its package lists", { skip: missing(listed) }, async () => {
  const list = "etc/busybox-paths.d/busybox";
  const files = await filesOf(listed, ["bin/busybox", list]);
  const paths = (files.get(list)?.toString("utf8") ?? "").split("\n").filter((path) => path !== "");
  const applets = busyboxApplets(files.get("bin/busybox") ?? assert.fail()) ?? [];
  assert.deepEqual(applets.map((path) => path.slice(1)).sort(), paths.sort());
});

test(
  "a busybox of another machine, whose package lists nothing, tells its commands",
  { skip: missing(unlisted) },
  async () => {
    const files = await filesOf(unlisted, ["bin/busybox"]);
    const applets = busyboxApplets(files.get("bin/busybox") ?? assert.fail()) ?? [];
    assert.equal(applets.length, 299);
    assert.ok(["/bin/ash", "/sbin/ip", "/usr/bin/xargs", "/usr/sbin/ntpd"].every((path) => applets.includes(path)));
  },
);
