import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { loadAccountFiles } from "./account-files.ts";
import { missing, openBench, packageFiles } from "./testing/corpora.ts";
import { planOf } from "./testing/plan-of.ts";
import { writePlanToDisk } from "./write-to-disk.ts";

/** The other implementation: apk-tools 2.14 of the Alpine corpus, run inside the root that we laid down. */
const alpine = "alpine-3.19-x86_64/apks/x86_64";
const skip =
  missing(alpine) ||
  (process.arch === "x64" ? false : "needs an x86_64 machine") ||
  (process.getuid?.() === 0 ? false : "needs root (chroot)");

test(
  "apk reads our database: it lists every package, finds no file changed, and knows triggers and scripts",
  { skip },
  async (t) => {
    const bench = await openBench(t);
    // vlan and what needs it cannot be installed beside ifupdown-ng.
    const labels = packageFiles(alpine).filter((label) => !/^(vlan|network-extras)-/.test(label));
    const packages = await Promise.all(labels.map((label) => bench.read(alpine, label)));
    const accountFiles = await loadAccountFiles({ store: bench.store, limits: defaultLimits }, packages);
    const plan = planOf(packages, { accountFiles, world: packages.map(({ control }) => control.name) });
    const root = join(bench.folder, "root");
    const ports = { store: bench.store, signal: new AbortController().signal, env: { PATH: process.env["PATH"] } };
    await writePlanToDisk(ports, plan, packages, root, { owners: "apply" });

    const apk = (...words: string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync("chroot", [root, "/sbin/apk", "--no-network", ...words], {
        encoding: "utf8",
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      });

    assert.deepEqual(apk("info", "-v").stdout.trim().split("\n").sort(), labels);
    assert.equal(apk("audit", "--system").stdout, "");
    // The one directory that mkdir took the setgid bit from; see golden/install.
    assert.equal(apk("audit", "--system", "--check-permissions").stdout, "m var/log/chrony/\n");
    assert.match(apk("info", "--triggers", "busybox").stdout, /\/usr\/sbin/);
    assert.match(apk("info", "--who-owns", "/bin/busybox").stdout, /owned by busybox-1\.36\.1-r15/);
    assert.match(apk("info", "--contents", "musl").stdout, /^lib\/ld-musl-x86_64\.so\.1$/m);
    const world = apk("add", "--simulate");
    assert.equal(world.status, 0, world.stderr);
    assert.match(world.stdout, /^OK: /m);
  },
);
