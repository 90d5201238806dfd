import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { StoredPackage } from "@apkmill/apk";
import { defaultLimits, silentLogger, type Ports } from "@apkmill/core";
import { loadAccountFiles } from "../account-files.ts";
import { planInstall } from "../plan-install.ts";
import type { ScriptsForm } from "../scripts-tar.ts";
import { corpora, missing, openBench, packageFiles, type Bench } from "../testing/corpora.ts";
import { makeKey, noRealClient, openRealClient, type RealClient } from "../testing/real-client.ts";
import { changeAsThey, factsOf, makeTwins, type RootFacts } from "../testing/start-root.ts";
import { writePlanToDisk } from "../write-to-disk.ts";
import { openRoot } from "./open-root.ts";

/** Alpine's own packages, changed by apk 2.14 and by us side by side. */
const alpine = "alpine-3.19-x86_64/apks/x86_64";
const base = "golden/install/alpine319-x86_64-base-noscripts";
const skip = noRealClient || missing(alpine) || missing(base);

const steps: readonly { readonly words: readonly string[]; readonly world: readonly string[] }[] = [
  { words: ["add", "openssh", "chrony", "e2fsprogs"], world: ["alpine-base", "chrony", "e2fsprogs", "openssh"] },
  { words: ["del", "openssh", "chrony"], world: ["alpine-base", "e2fsprogs"] },
  { words: ["fix", "--reinstall", "busybox", "musl"], world: ["alpine-base", "e2fsprogs"] },
  {
    words: ["add", "!alpine-base", "busybox", "alpine-baselayout"],
    world: ["!alpine-base", "alpine-baselayout", "busybox", "e2fsprogs"],
  },
];

test("a system of Alpine's packages comes out as apk leaves it, step by step", { skip }, async (t) => {
  const bench = await openBench(t);
  const client = openRealClient(bench.folder);
  await offerAlpine(bench);
  const { theirs, ours } = makeTwins(client, bench.folder, "alpine", ["alpine-base"], (root) => {
    writeFileSync(join(root, "etc/ssh-is-not-here"), "");
    writeFileSync(join(root, "etc/motd"), "mine");
    writeFileSync(join(root, "etc/inittab"), "mine");
  });
  for (const { words, world } of steps) {
    const run = client(theirs, "--no-scripts", "-X", "/srv/alpine", ...words);
    assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
    await changeAsThey({ store: bench.store, folder: bench.folder, repository: "alpine" }, ours, run.stdout, { world });
    assert.deepEqual(withoutKnown(factsOf(ours)), withoutKnown(factsOf(theirs)), words.join(" "));
    assertReadable(client, ours, theirs);
  }
});

for (const scriptsForm of ["scripts.tar", "scripts.tar.gz"] as const) {
  test(`apk goes on with a root that we laid, its scripts in ${scriptsForm}`, { skip }, async (t) => {
    const bench = await openBench(t);
    const client = openRealClient(bench.folder);
    await offerAlpine(bench);
    const root = join(bench.folder, "root");
    const { names, bodies } = await layBase(bench, root, scriptsForm);
    const run = (...words: readonly string[]): string => {
      const { status, stdout, stderr } = client(root, "--no-scripts", "-X", "/srv/alpine", ...words);
      assert.equal(status, 0, `${words.join(" ")}: ${stdout}${stderr}`);
      return stdout;
    };
    const look = (...words: readonly string[]): string => client(root, ...words).stdout;
    assert.deepEqual(look("info").trim().split("\n").sort(), names);
    assert.equal(look("audit", "--system"), "");
    assert.match(look("info", "-a", "busybox"), /busybox-1\.36\.1-r15 triggers:\n\/bin\n/);
    assert.match(look("info", "--who-owns", "/bin/busybox"), /owned by busybox-1\.36\.1-r15/);
    const held = await openRoot(portsOf(bench), root, { owners: "apply" });
    assert.match(client(root, "--no-scripts", "-X", "/srv/alpine", "add", "chrony").stderr, /lock database/);
    await held?.close();
    assert.match(run("upgrade"), /^OK: /m);
    assert.match(run("fix"), /^OK: /m);
    run("add", "chrony", "openssh");
    run("fix", "--reinstall", "musl");
    run("del", "openssh");
    assert.equal(look("audit", "--system"), "");
    // What apk 2 did not see it did not lose: scripts of both archives are there for who reads both.
    const opened = await openRoot(portsOf(bench), root, { owners: "apply", reading: true });
    const kept = [...(opened?.root.scripts.values() ?? [])].reduce((count, { size }) => count + size, 0);
    assert.ok(kept >= bodies);
  });
}

/** Lays alpine-base with us; returns what is installed, and how many scripts that brought. */
async function layBase(
  bench: Bench,
  root: string,
  scriptsForm: ScriptsForm,
): Promise<{ readonly names: readonly string[]; readonly bodies: number }> {
  const labels = readFileSync(join(corpora, base, "stdout.txt"), "utf8").matchAll(/Installing (\S+) \(([^)]+)\)/g);
  const packages: StoredPackage[] = [];
  for (const [, name = "", version = ""] of labels) packages.push(await bench.read(alpine, `${name}-${version}`));
  const accountFiles = await loadAccountFiles({ store: bench.store, limits: defaultLimits }, packages);
  const plan = planInstall({ packages, accountFiles, world: ["alpine-base"], arch: "x86_64", scriptsForm });
  await writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "apply" });
  const bodies = packages.reduce((count, { scripts }) => count + scripts.size, 0);
  return { names: packages.map(({ control }) => control.name).sort(), bodies };
}

function portsOf({ store }: Bench): Pick<Ports, "store" | "signal" | "env" | "limits" | "log"> {
  const env = { PATH: process.env["PATH"] };
  return { store, signal: new AbortController().signal, env, limits: defaultLimits, log: silentLogger };
}

async function offerAlpine({ folder }: Bench): Promise<void> {
  await makeKey(folder);
  mkdirSync(join(folder, "alpine/x86_64"), { recursive: true });
  for (const name of [...packageFiles(alpine).map((label) => `${label}.apk`), "APKINDEX.tar.gz"]) {
    copyFileSync(join(corpora, alpine, name), join(folder, "alpine/x86_64", name));
  }
  const keys = packageFiles(alpine).find((label) => label.startsWith("alpine-keys-")) ?? assert.fail();
  const from = join(corpora, alpine, `${keys}.apk`);
  execFileSync("tar", ["-C", join(folder, "keys"), "--strip-components=3", "-xzf", from, "etc/apk/keys"], {
    stdio: "ignore",
  });
}

/** The directory that apk 3 makes without the setgid bit, as mkdir(2) does, and apk 2 with it; see golden/install. */
function withoutKnown(facts: RootFacts): RootFacts {
  return { ...facts, tree: facts.tree.filter((line) => !line.includes("./var/log/chrony")) };
}

const known = /^m var\/log\/chrony\/\n/m;

/** The client's own tools see the same in both roots. */
function assertReadable(client: RealClient, ours: string, theirs: string): void {
  for (const words of [
    ["audit", "--system"],
    ["audit", "--system", "--check-permissions"],
    ["info", "-v"],
    ["info", "-W", "/bin/busybox"],
    ["info", "-a", "musl"],
    ["stats"],
  ]) {
    assert.equal(client(ours, ...words).stdout.replace(known, ""), client(theirs, ...words).stdout, words.join(" "));
  }
}
