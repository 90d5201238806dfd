import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readTar } from "@apkmill/archive";
import type { PackageEntry, StoredPackage } from "@apkmill/apk";
import { defaultLimits, digestOf, type Ports } from "@apkmill/core";
import { loadAccountFiles } from "./account-files.ts";
import { contentIn } from "./content-in.ts";
import { hashContents } from "./hash-contents.ts";
import type { InstallPlan, PlannedEntry } from "./plan.ts";
import { readPlanEntries } from "./read-plan-entries.ts";
import { restatements, stackedTree } from "./stacked-tree.ts";
import { device, directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { missing, openBench, packageFiles, type Bench } from "./testing/corpora.ts";
import { manifestLines } from "./testing/manifest-lines.ts";
import { planOf } from "./testing/plan-of.ts";
import { walkManifest } from "./testing/walk-manifest.ts";
import { storePackage } from "./testing/store-package.ts";
import { writePlanToDisk } from "./write-to-disk.ts";

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? false : "needs root";

function portsOf(
  { store, limits }: Bench,
  signal = new AbortController().signal,
): Pick<Ports, "store" | "limits" | "signal" | "env"> {
  return { store, limits, signal, env: { PATH: process.env["PATH"] } };
}

const varied: readonly PackageEntry[] = [
  directory("etc", { mode: 0o755, mtime: 1_600_000_001 }),
  file("etc/secret", undefined, { mode: 0o600, uid: 7, uname: "", gid: 8, gname: "", mtime: 1_600_000_002 }),
  directory("closed", { mode: 0o555, mtime: 1_600_000_003 }),
  file("closed/su", undefined, { mode: 0o4755 }),
  hardlink("closed/a-su", "closed/su"),
  symlink("lib", "etc/../closed", { mtime: 1_600_000_004 }),
  symlink("out", "/etc/passwd", { uid: 9, uname: "" }),
  directory("tmp", { mode: 0o1777 }),
  file("empty", "", { sizeBytes: 0 }),
];

test(
  "a plan on disk is what its manifest says: types, modes, owners, sizes, times, content, links",
  { skip: needsRoot },
  async (t) => {
    const { bench, plan, packages } = await prepare(t, [packageOf("a", varied)], new Map([["empty", ""]]));
    const root = join(bench.folder, "root");
    assert.deepEqual(await writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "apply" }), {
      unapplied: [],
    });
    assert.deepEqual(walkManifest(root), await manifestLines(bench, packages, plan));
    assert.equal(statSync(join(root, "etc")).mtimeMs, 1_600_000_001_000);
    assert.equal(statSync(join(root, "closed")).mtimeMs, 1_600_000_003_000);
  },
);

test("the umask has no say", { skip: needsRoot }, async (t) => {
  const { bench, plan, packages } = await prepare(t, [packageOf("a", varied)], new Map([["empty", ""]]));
  const before = process.umask(0o077);
  t.after(() => void process.umask(before));
  const root = join(bench.folder, "root");
  await writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "apply" });
  assert.deepEqual(walkManifest(root), await manifestLines(bench, packages, plan));
});

test("without owners everything else is as planned, and what was left out is named", async (t) => {
  const capable = file("ping", undefined, { xattrs: new Map([["security.capability", Buffer.alloc(20)]]) });
  const { bench, plan, packages } = await prepare(
    t,
    [packageOf("a", [...varied, device("null", 1, 3), capable])],
    new Map([["empty", ""]]),
  );
  const root = join(bench.folder, "root");
  const { unapplied } = await writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "skip" });
  assert.deepEqual(unapplied, [
    { path: "null", what: "character device" },
    { path: "ping", what: "extended attributes security.capability" },
  ]);
  assert.equal(lstatSync(join(root, "etc/secret")).uid, process.getuid?.());
  assert.equal(lstatSync(join(root, "closed/su")).mode & 0o7777, 0o4755);
  assert.equal(lstatSync(join(root, "closed")).mode & 0o7777, 0o555);
  // So that the test's own folder can be removed by who is not root.
  chmodSync(join(root, "closed"), 0o755);
});

const noTar = existsSync("/usr/bin/tar") || existsSync("/bin/tar") ? false : "needs GNU tar";

test(
  "devices, fifos and extended attributes are made, and a capable file keeps its other names",
  { skip: needsRoot || noTar },
  async (t) => {
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    const entries: PackageEntry[] = [
      directory("dev", { xattrs: new Map([["user.note", Buffer.from("hi\0there")]]) }),
      device("dev/null", 1, 3, { mode: 0o666 }),
      device("dev/sda", 8, 0, { type: "block", mode: 0o660, gid: 6, gname: "" }),
      { ...device("pipe", 0, 0), type: "fifo", mode: 0o600 },
      file("ping", undefined, { mode: 0o755, xattrs: new Map([["security.capability", capability]]) }),
      hardlink("ping6", "ping"),
    ];
    const { bench, plan, packages } = await prepare(t, [packageOf("a", entries)]);
    const root = join(bench.folder, "root");
    await writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "apply" });
    const shown = execFileSync("stat", ["-c", "%n %F %a %g %t:%T", "dev/null", "dev/sda", "pipe"], {
      cwd: root,
      encoding: "utf8",
    });
    assert.equal(
      shown,
      "dev/null character special file 666 0 1:3\ndev/sda block special file 660 6 8:0\npipe fifo 600 0 0:0\n",
    );
    assert.equal(statSync(join(root, "ping")).ino, statSync(join(root, "ping6")).ino);
    assert.deepEqual(await xattrsOf(root), { "./ping": ["security.capability"], "./dev": ["user.note"] });
  },
);

/** Files with attributes, of all sizes and with further names, between fifos, which are all header. */
function attributed(): { readonly entries: readonly PackageEntry[]; readonly contents: ReadonlyMap<string, string> } {
  const paths = Array.from({ length: 64 }, (_, index) => `srv/${String(index).padStart(2, "0")}`);
  const contents = new Map(paths.map((path, index) => [path, `${path}\n`.repeat(index * 8)]));
  const xattrs = new Map([["trusted.note", Buffer.from("hi")]]);
  const entries = paths.flatMap((path, index): PackageEntry[] => [
    ...Array.from(
      { length: index % 5 },
      (_, at) => ({ ...device(`${path}-${String(at)}`, 0, 0), type: "fifo" }) as const,
    ),
    file(path, contents.get(path), { mode: 0o4755, xattrs }),
    hardlink(`${path}z`, path),
  ]);
  return { entries, contents };
}

test("files with extended attributes have their content, every time", { skip: needsRoot || noTar }, async (t) => {
  const { entries, contents } = attributed();
  const { bench, plan, packages } = await prepare(t, [packageOf("a", entries)], contents);
  const expected = (await manifestLines(bench, packages, plan)).filter((line) => !line.startsWith("p"));
  for (let round = 0; round < 4; round += 1) {
    const root = join(bench.folder, `root-${String(round)}`);
    await writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "apply" });
    assert.deepEqual(walkManifest(root), expected, `round ${String(round)}`);
    if (round === 0) assert.equal(Object.keys(await xattrsOf(root)).length, contents.size);
  }
});

test("symbolic links can have extended attributes", { skip: needsRoot || noTar }, async (t) => {
  const xattrs = new Map([["trusted.note", Buffer.from("hi")]]);
  const links = [
    symlink("srv/up", "../etc", { xattrs, uid: 9, uname: "" }),
    symlink("srv/absolute", "/etc/passwd", { xattrs, mtime: 1_600_000_004 }),
    symlink("srv/beside", "f", { xattrs }),
    symlink("srv/plain", "f"),
  ];
  const { bench, plan, packages } = await prepare(t, [packageOf("a", [file("srv/f"), ...links])]);
  const root = join(bench.folder, "root");
  await writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "apply" });
  assert.deepEqual(walkManifest(root), await manifestLines(bench, packages, plan));
  assert.deepEqual(Object.keys(await xattrsOf(root)).sort(), ["./srv/absolute", "./srv/beside", "./srv/up"]);
  const skipped = await writePlanToDisk(portsOf(bench), plan, packages, `${root}-2`, { owners: "skip" });
  assert.deepEqual(
    skipped.unapplied.map(({ path }) => path),
    ["srv/absolute", "srv/beside", "srv/up"],
  );
  assert.equal(readlinkSync(join(`${root}-2`, "srv/up")), "../etc");
});

test("a folder that holds something is left alone, and so is a link to one", async (t) => {
  const { bench, plan, packages } = await prepare(t, [packageOf("a", [file("x")])]);
  const full = join(bench.folder, "full");
  mkdirSync(full);
  writeFileSync(join(full, "mine"), "");
  symlinkSync(full, join(bench.folder, "link"));
  for (const name of ["full", "link"]) {
    const root = join(bench.folder, name);
    await assert.rejects(writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "skip" }), {
      code: "ROOTFS_NOT_EMPTY",
    });
  }
  assert.deepEqual(readdirSync(full), ["mine"]);
});

test("a failure or a cancellation leaves nothing, neither under the final name nor beside it", async (t) => {
  const { bench, plan, packages } = await prepare(t, [packageOf("a", [file("x")])]);
  const parent = join(bench.folder, "roots");
  const root = join(parent, "root");
  const stale = [{ ...plan, entries: plan.entries.map((entry) => ({ ...entry, sizeBytes: 3 })) }] as const;
  await assert.rejects(writePlanToDisk(portsOf(bench), stale[0], packages, root, { owners: "skip" }), {
    code: "ROOTFS_STALE_PLAN",
  });
  const cancelled = portsOf(bench, AbortSignal.abort());
  await assert.rejects(writePlanToDisk(cancelled, plan, packages, root, { owners: "skip" }), { code: "CANCELLED" });
  const long = { entries: [{ ...(plan.entries[0] ?? assert.fail()), path: "n".repeat(300) }] };
  await assert.rejects(writePlanToDisk(portsOf(bench), long, packages, root, { owners: "skip" }), {
    code: "ROOTFS_UNWRITABLE",
  });
  assert.deepEqual(readdirSync(parent), []);
});

test("a plan with a link on the way to a path is not written through the link", async (t) => {
  const { bench, plan, packages } = await prepare(t, [packageOf("a", [directory("d"), file("d/x")])]);
  const outside = join(bench.folder, "outside");
  mkdirSync(outside);
  const forged = plan.entries.map((entry) =>
    entry.path === "d" ? { ...entry, type: "symlink" as const, linkPath: outside } : entry,
  );
  const root = join(bench.folder, "root");
  await assert.rejects(writePlanToDisk(portsOf(bench), { entries: forged }, packages, root, { owners: "skip" }), {
    code: "ROOTFS_UNWRITABLE",
  });
  assert.deepEqual(readdirSync(outside), []);
});

test("content is read within the limits that are given", async (t) => {
  const { bench, plan, packages } = await prepare(t, [packageOf("a", [file("usr/a"), file("usr/b")])]);
  const ports = { store: bench.store, limits: { ...bench.limits, entries: 1 } };
  const digest = packages[0]?.data.digest ?? digestOf("");
  const fromLayer = plan.entries.map((entry, index): PlannedEntry => {
    return entry.type === "file" ? { ...entry, source: { kind: "layer", layer: digest, entry: index } } : entry;
  });
  for (const entries of [plan.entries, fromLayer]) {
    await assert.rejects(Array.fromAsync(readPlanEntries(ports, packages, entries)), { code: "LIMIT_EXCEEDED" });
  }
});

test("tar entries of a plan hold every path once, parents and link targets first, with the planned content", async (t) => {
  const { bench, plan, packages } = await prepare(
    t,
    [packageOf("a", varied), packageOf("b", [file("usr/b")])],
    new Map([["empty", ""]]),
  );
  const seen = new Map<string, string>();
  for await (const { entry, content } of readPlanEntries(bench, packages, plan.entries)) {
    const parent = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf("/")));
    assert.ok(parent === "" || seen.has(parent), `${entry.path} before its directory`);
    if (entry.type === "hardlink") assert.ok(seen.has(entry.linkPath), `${entry.path} before its file`);
    const bytes = Buffer.concat(await Array.fromAsync(content));
    assert.equal(bytes.byteLength, entry.sizeBytes);
    assert.ok(!seen.has(entry.path));
    seen.set(entry.path, entry.type === "file" ? digestOf(bytes).slice("sha256:".length) : "");
  }
  assert.equal(seen.size, plan.entries.length);
  for (const { path, type, sha256 } of await hashContents(bench, packages, plan.entries))
    if (type === "file") assert.equal(seen.get(path), sha256, path);
});

const alpine = "alpine-3.19-x86_64/apks/x86_64";

test(
  "the whole Alpine set lies on disk as planned, and verbatim layers with the restatements give the same",
  { skip: missing(alpine) || needsRoot },
  async (t) => {
    const bench = await openBench(t);
    const packages = await Promise.all(packageFiles(alpine).map((label) => bench.read(alpine, label)));
    const accountFiles = await loadAccountFiles(bench, packages);
    const plan = planOf(packages, { accountFiles });
    const root = join(bench.folder, "root");
    await writePlanToDisk(portsOf(bench), plan, packages, root, { owners: "apply" });
    assert.deepEqual(walkManifest(root), await manifestLines(bench, packages, plan));

    const layers = plan.packages.flatMap(({ verbatim }, index) =>
      verbatim ? [packages[index]?.contents.entries ?? []] : [],
    );
    const last = restatements(plan.entries, stackedTree(layers), contentIn(packages));
    assert.deepEqual(last.surplus, []);
    assert.deepEqual(restatements(plan.entries, stackedTree([...layers, last.entries]), contentIn(packages)), {
      entries: [],
      surplus: [],
    });
    const dummies = plan.packages.filter(({ why }) => why.includes(".dummy")).length;
    assert.equal(layers.length + dummies, packages.length, "all but the metapackages are layers as they are");
  },
);

async function prepare(
  t: { after(work: () => Promise<void>): void },
  built: readonly StoredPackage[],
  contents?: ReadonlyMap<string, string>,
): Promise<{ bench: Bench; plan: InstallPlan; packages: StoredPackage[] }> {
  const bench = await openBench(t);
  const packages = await Promise.all(built.map((one) => storePackage(bench.store, one, contents)));
  return { bench, plan: planOf(packages), packages };
}

/** Paths with extended attributes, as GNU tar sees them. */
async function xattrsOf(root: string): Promise<Record<string, string[]>> {
  const options = { cwd: root, maxBuffer: 2 ** 26 };
  const tar = execFileSync("tar", ["--create", "--file=-", "--xattrs", "--xattrs-include=*", "."], options);
  const found: Record<string, string[]> = {};
  for await (const { entry } of readTar(once(tar), defaultLimits)) {
    const path = entry.path.replace(/\/$/, "");
    if (entry.xattrs.size > 0) found[path] = [...entry.xattrs.keys()];
  }
  return found;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of one chunk
async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}
