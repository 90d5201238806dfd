import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { StoredPackage } from "@apkmill/apk";
import { defaultLimits, silentLogger, type Ports } from "@apkmill/core";
import { loadAccountFiles } from "../account-files.ts";
import { device, file, hardlink, packageOf } from "../testing/build-package.ts";
import { openBench, type Bench } from "../testing/corpora.ts";
import { planOf } from "../testing/plan-of.ts";
import { storePackage } from "../testing/store-package.ts";
import { firstPackage, storeSecond } from "../testing/upgrade-case.ts";
import { lays } from "../testing/view-of.ts";
import { walkManifest } from "../testing/walk-manifest.ts";
import { writePlanToDisk } from "../write-to-disk.ts";
import type { ChangePlan, RootChange } from "./change.ts";
import { formatJournal, parseJournal } from "./journal.ts";
import { openRoot } from "./open-root.ts";
import { planChange } from "./plan-change.ts";
import { replay } from "./replay.ts";
import { writeChange } from "./write-change.ts";

const isRoot = process.getuid?.() === 0;
const owners = isRoot ? "apply" : "skip";

interface Ground {
  readonly bench: Bench;
  readonly ports: Pick<Ports, "store" | "signal" | "env" | "limits" | "log">;
  /** Makes a root with the first version, its configuration changed. */
  readonly begin: () => Promise<string>;
  /** Lays the second version over it. */
  readonly upgrade: (root: string) => Promise<ChangePlan>;
  readonly packages: readonly StoredPackage[];
}

async function prepare(t: TestContext): Promise<Ground> {
  const bench = await openBench(t);
  const { store } = bench;
  const env = { PATH: process.env["PATH"] };
  const ports = { store, signal: new AbortController().signal, env, limits: defaultLimits, log: silentLogger };
  const before = [await storePackage(store, firstPackage)];
  const packages = [await storeSecond(store)];
  let roots = 0;
  return {
    bench,
    ports,
    packages,
    begin: async () => {
      const root = join(bench.folder, `root${String((roots += 1))}`);
      await writePlanToDisk(ports, planOf(before), before, root, { owners });
      writeFileSync(join(root, "etc/conf"), "mine");
      return root;
    },
    upgrade: (root) => changeRoot(ports, root, packages, [lays(0)]),
  };
}

async function changeRoot(
  ports: Ground["ports"],
  root: string,
  packages: readonly StoredPackage[],
  changes: readonly RootChange[],
): Promise<ChangePlan> {
  const opened = (await openRoot(ports, root, { owners })) ?? assert.fail();
  try {
    const accountFiles = await loadAccountFiles(ports, packages);
    const plan = planChange({ ...opened, owners, changes, packages, accountFiles, world: ["foo"], arch: "x86_64" });
    await writeChange(ports, plan, packages, opened);
    return plan;
  } finally {
    await opened.close();
  }
}

/** Everything that stands, hidden leftovers too, but for what configuration was edited when. */
function stateOf(root: string): string[] {
  return walkManifest(root)
    .filter((line) => !line.includes("/db/lock"))
    .map((line) => line.replace(/^(f(?:\t[^\t]*){4})\t[^\t]*(?=\t[^\t]*\t\.\/etc\/conf\t)/, "$1\t-"));
}

test("what is planned stands on the disk: modes, links, the changed file, nothing else", async (t) => {
  const { begin, upgrade } = await prepare(t);
  const root = await begin();
  const plan = await upgrade(root);
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  assert.deepEqual([read("etc/conf"), read("etc/conf.apk-new"), read("usr/stays3")], ["mine", "new", "2"]);
  assert.equal(lstatSync(join(root, "closed")).mode & 0o7777, 0o700);
  assert.equal(lstatSync(join(root, "closed/su")).mode & 0o7777, 0o4711);
  assert.equal(lstatSync(join(root, "usr/new/shut")).mode & 0o7777, 0o555);
  assert.equal(lstatSync(join(root, "usr/new/g")).ino, lstatSync(join(root, "usr/new/deep/f")).ino);
  assert.deepEqual(readdirSync(join(root, "usr")).sort(), ["link", "link2", "new", "stays", "stays3"]);
  const { actions } = plan;
  assert.deepEqual(
    actions
      .filter(({ kind }) => kind === "remove-directory" || kind === "settle-directory" || kind === "keep")
      .map(({ kind, path }) => [kind, path]),
    [
      ["remove-directory", "usr/old"],
      ["settle-directory", "closed"],
      ["keep", "etc/conf"],
    ],
  );
  chmodSync(join(root, "usr/new/shut"), 0o755);
});

test("killed after any step, the next run ends in the same state", async (t) => {
  const { bench, ports, begin, upgrade, packages } = await prepare(t);
  const whole = await begin();
  await upgrade(whole);
  const expected = stateOf(whole);
  const journalOf = "lib/apk/db/.apkmill-journal";
  let steps = 1;
  for (let done = 0; done <= steps; done += 1) {
    const root = await begin();
    const text = await interruptedJournal(ports, root, packages);
    const journal = parseJournal(text, readFileSync(join(root, "lib/apk/db/installed"))) ?? assert.fail();
    steps = journal.steps.length;
    const ground = { folder: root, owners, signal: ports.signal, searchPath: undefined } as const;
    replay(ground, journal.steps.slice(0, done));
    writeFileSync(join(root, journalOf), formatJournal(journal));
    const before = readFileSync(join(root, "lib/apk/db/installed"), "utf8");
    // Looking changes nothing; opening for a change finishes the one that was interrupted.
    await openRoot(ports, root, { owners, reading: true });
    assert.equal(readFileSync(join(root, "lib/apk/db/installed"), "utf8"), before);
    await upgrade(root);
    assert.deepEqual(stateOf(root), expected, `after ${String(done)} of ${String(steps)} steps`);
    assert.equal(existsSync(join(root, journalOf)), false);
  }
  assert.ok(steps > 10);
  execFileSync("chmod", ["-R", "u+rwX", bench.folder]);
});

/** Stops a change when all is written beside its place, and gives its journal back; the root is otherwise as before. */
async function interruptedJournal(
  ports: Ground["ports"],
  root: string,
  packages: readonly StoredPackage[],
): Promise<string> {
  const opened = (await openRoot(ports, root, { owners })) ?? assert.fail();
  const accountFiles = await loadAccountFiles(ports, packages);
  const plan = planChange({
    ...opened,
    owners,
    changes: [lays(0)],
    packages,
    accountFiles,
    world: ["foo"],
    arch: "x86_64",
  });
  // A directory in the place of the first rename's target cannot be replaced: the journal is written by then.
  const blocked = join(root, "etc/conf.apk-new");
  mkdirSync(join(blocked, "x"), { recursive: true });
  await assert.rejects(writeChange(ports, plan, packages, opened), { code: "ROOTFS_UNWRITABLE" });
  rmSync(blocked, { recursive: true });
  await opened.close();
  const journal = join(root, "lib/apk/db/.apkmill-journal");
  const text = readFileSync(journal, "utf8");
  rmSync(journal);
  return text;
}

test("a real kill at any moment leaves a root that the same command brings to the same state", async (t) => {
  const { bench, begin, upgrade } = await prepare(t);
  const whole = await begin();
  await upgrade(whole);
  const expected = stateOf(whole);
  const script = join(import.meta.dirname, "../testing/upgrade-root.ts");
  for (const delayMs of [0, 2, 4, 6, 8, 10, 12, 15, 20, 30]) {
    const root = await begin();
    const child = spawn(process.execPath, [script, root, bench.folder], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    setTimeout(() => child.kill("SIGKILL"), delayMs);
    await once(child, "close");
    await upgrade(root);
    assert.deepEqual(stateOf(root), expected, `killed after ${String(delayMs)} ms`);
  }
  execFileSync("chmod", ["-R", "u+rwX", bench.folder]);
});

test("a failure before the steps leaves the root as it was", async (t) => {
  const { ports, begin, packages } = await prepare(t);
  const root = await begin();
  const before = stateOf(root);
  const broken = packages.map((one) => ({
    ...one,
    data: { ...one.data, digest: `sha256:${"0".repeat(64)}` as const },
  }));
  await assert.rejects(changeRoot(ports, root, broken, [lays(0)]));
  assert.deepEqual(stateOf(root), before);
});

test("leftovers of another run in the folders that are changed are removed", async (t) => {
  const { ports, begin, upgrade } = await prepare(t);
  const [clean, littered] = [await begin(), await begin()];
  await upgrade(clean);
  const name = `.apk.${"0".repeat(48)}`;
  writeFileSync(join(littered, "usr", name), "");
  mkdirSync(join(littered, "etc", name, "deep"), { recursive: true });
  writeFileSync(join(littered, "lib/apk/db/.apkmill-journal"), "not one");
  await upgrade(littered);
  assert.deepEqual(stateOf(littered), stateOf(clean));
  await changeRoot(ports, clean, [], [{ kind: "remove", name: "foo" }]);
  assert.deepEqual(readdirSync(clean).sort(), ["etc", "lib"]);
});

test("a journal of another database, or one that leads elsewhere, is not followed", async (t) => {
  const { begin, ports } = await prepare(t);
  const root = await begin();
  const before = stateOf(root);
  const database = readFileSync(join(root, "lib/apk/db/installed"));
  const steps = [["delete", "usr/stays"]] as const;
  assert.equal(parseJournal(formatJournal({ before: "x", after: "y", steps }), database), undefined);
  const digest = `sha256:${execFileSync("sha256sum", { input: database, encoding: "utf8" }).slice(0, 64)}`;
  for (const step of [
    ["delete", "../x"],
    ["rename", "usr/a", "etc/a"],
    ["rename", "usr/a", "/etc/a"],
    ["settle", "usr", "0", 0, 0],
    ["run", "sh"],
  ]) {
    assert.equal(parseJournal(JSON.stringify({ before: digest, after: digest, steps: [step] }), database), undefined);
  }
  writeFileSync(join(root, "lib/apk/db/.apkmill-journal"), formatJournal({ before: "x", after: "y", steps }));
  await (await openRoot(ports, root, { owners }))?.close();
  assert.deepEqual(stateOf(root), before);
});

test("two changes of one root do not run at once", async (t) => {
  const { ports, begin } = await prepare(t);
  const root = await begin();
  const opened = await openRoot(ports, root, { owners });
  await assert.rejects(openRoot(ports, root, { owners }), { code: "ROOTFS_LOCKED" });
  await opened?.close();
  await (await openRoot(ports, root, { owners }))?.close();
});

test("a folder that holds something else is refused, an empty or absent one is new", async (t) => {
  const { bench, ports } = await prepare(t);
  const folder = join(bench.folder, "some");
  assert.equal(await openRoot(ports, folder, { owners }), undefined);
  mkdirSync(folder);
  assert.equal(await openRoot(ports, folder, { owners }), undefined);
  writeFileSync(join(folder, "x"), "");
  await assert.rejects(openRoot(ports, folder, { owners }), { code: "ROOTFS_NOT_EMPTY" });
});

const hostile: readonly (readonly [what: string, path: string, target: (outside: string) => string])[] = [
  ["a directory that packages write to", "usr", (outside) => outside],
  ["the same by a relative way", "usr", () => "../../../../../../../../../tmp"],
  ["a directory of the configuration", "etc/apk", (outside) => outside],
  ["the database's folder", "lib/apk/db", (outside) => outside],
];

for (const [what, path, target] of hostile) {
  test(`nothing outside the root is touched through a link: ${what}`, async (t) => {
    const { bench, begin, upgrade } = await prepare(t);
    const root = await begin();
    const outside = join(bench.folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "installed"), readFileSync(join(root, "lib/apk/db/installed")));
    for (const name of ["stays", "stays2", "world", "lock"]) writeFileSync(join(outside, name), "precious");
    const before = walkManifest(outside);
    rmSync(join(root, path), { recursive: true });
    symlinkSync(target(outside), join(root, path));
    await assert.rejects(upgrade(root), (error: unknown) => {
      assert.match(String(error instanceof Error && "code" in error && error.code), /^ROOTFS_(BAD_PARENT|NOT_EMPTY)$/);
      return true;
    });
    assert.deepEqual(walkManifest(outside), before);
  });
}

test("links in the place of files are replaced, not written through", async (t) => {
  const { bench, begin, upgrade } = await prepare(t);
  const root = await begin();
  const outside = join(bench.folder, "precious");
  writeFileSync(outside, "precious");
  for (const path of ["usr/stays", "etc/apk/world", "closed/su", "lib/apk/db/installed.new"]) {
    rmSync(join(root, path), { force: true });
    symlinkSync(outside, join(root, path));
  }
  await upgrade(root);
  assert.equal(readFileSync(outside, "utf8"), "precious");
  assert.equal(readFileSync(join(root, "usr/stays"), "utf8"), "2");
  assert.ok(lstatSync(join(root, "etc/apk/world")).isFile());
});

test("a link in the place of the lock or the journal is not followed", async (t) => {
  const { bench, ports, begin } = await prepare(t);
  const outside = join(bench.folder, "outside");
  const root = await begin();
  symlinkSync(outside, join(root, "lib/apk/db/.apkmill-journal"));
  await (await openRoot(ports, root, { owners }))?.close();
  symlinkSync(outside, join(root, "lib/apk/db/lock.link"));
  rmSync(join(root, "lib/apk/db/lock"), { force: true });
  symlinkSync(outside, join(root, "lib/apk/db/lock"));
  await assert.rejects(openRoot(ports, root, { owners }), { code: "ROOTFS_UNSAFE_PATH" });
  assert.equal(existsSync(outside), false);
});

test("a directory that turns into a link between plan and change stops it", async (t) => {
  const { bench, ports, begin, packages } = await prepare(t);
  const root = await begin();
  const outside = join(bench.folder, "outside");
  mkdirSync(outside);
  const opened = (await openRoot(ports, root, { owners })) ?? assert.fail();
  const plan = planChange({
    ...opened,
    owners,
    changes: [lays(0)],
    packages,
    accountFiles: new Map(),
    world: [],
    arch: "x86_64",
  });
  rmSync(join(root, "usr"), { recursive: true });
  symlinkSync(outside, join(root, "usr"));
  await assert.rejects(writeChange(ports, plan, packages, opened), { code: "ROOTFS_BAD_PARENT" });
  await opened.close();
  assert.deepEqual(readdirSync(outside), []);
});

test("devices and extended attributes come with a change", { skip: isRoot ? false : "needs root" }, async (t) => {
  const { bench, ports, begin } = await prepare(t);
  const root = await begin();
  const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
  const special = packageOf("special", [
    device("dev/null", 1, 3, { mode: 0o666 }),
    file("usr/ping", undefined, { mode: 0o755, xattrs: new Map([["security.capability", capability]]) }),
    hardlink("usr/ping6", "usr/ping"),
  ]);
  const packages = [await storePackage(bench.store, special)];
  await changeRoot(ports, root, packages, [lays(0)]);
  assert.ok(lstatSync(join(root, "dev/null")).isCharacterDevice());
  assert.equal(lstatSync(join(root, "usr/ping")).ino, lstatSync(join(root, "usr/ping6")).ino);
  assert.match(readFileSync(join(root, "lib/apk/db/installed"), "utf8"), /R:ping\na:0:0:755:Q1/);
});
