import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readPackageFile, writePackage, type PackageEntry, type StoredPackage } from "@apkmill/apk";
import { loadAccountFiles } from "./account-files.ts";
import type { InstallPlan } from "./plan.ts";
import { directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { missing, openBench, packageFiles, type Bench } from "./testing/corpora.ts";
import { manifestLines } from "./testing/manifest-lines.ts";
import { planOf } from "./testing/plan-of.ts";
import { walkManifest } from "./testing/walk-manifest.ts";
import { writePlanToDisk } from "./write-to-disk.ts";

/** The other implementation: apk-tools 2.14 of the Alpine corpus, run inside a root that we laid down. */
const alpine = "alpine-3.19-x86_64/apks/x86_64";
const skip =
  missing(alpine) ||
  (process.arch === "x64" ? false : "needs an x86_64 machine") ||
  (process.getuid?.() === 0 ? false : "needs root (chroot)");

test(
  "apk reads our database: every package, no file changed, triggers, owners, a world that holds",
  { skip },
  async (t) => {
    const bench = await openBench(t);
    const { labels, apk } = await layAlpine(bench);
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

const accounts = new Map([
  ["etc/passwd", "root:x:0:0::/:\nwww:x:82:82::/:\n"],
  ["etc/group", "root:x:0:\nwww:x:83:\n"],
]);
const www = { uid: 100, gid: 101, uname: "www", gname: "www" };
const merged = packageOf("base", [directory("usr/lib"), symlink("l", "usr/lib")]);

const rules: readonly (readonly [what: string, packages: readonly StoredPackage[]])[] = [
  ["paths that cross another package's link", [merged, packageOf("p", [file("l/x"), file("l/deep/y")])]],
  ["a directory entry that meets a link", [merged, packageOf("p", [directory("l", { mode: 0o700 }), file("l/x")])]],
  ["a package that replaces", [one("old", "1"), one("new", "2", { replaces: ["old"] })]],
  ["an owner that replaces", [one("owner", "1", { replaces: ["late"] }), one("late", "2")]],
  ["a common origin", [one("a", "1", { origin: "o" }), one("b", "2", { origin: "o" })]],
  [
    "a link that is replaced",
    [packageOf("o", [file("t"), symlink("s", "t")]), packageOf("n", [file("s")], { replaces: ["o"] })],
  ],
  ["hard links", [packageOf("g", [file("bin/g", "c"), hardlink("bin/a", "bin/g"), hardlink("bin/z", "bin/g")])]],
  ["setuid, setgid and odd owners of files", [packageOf("s", [file("su", "", { mode: 0o6755, uid: 7, uname: "" })])]],
  ["sticky directories", [packageOf("b", [directory("srv", { mode: 0o1777 })])]],
  // Of a shared directory apk 2 keeps the permissions that all packages grant; we have apk 3's rule, see golden/install.
  [
    "owners by name: those of earlier packages, not the package's own",
    [
      packageOf("base", [
        file("etc/passwd", accounts.get("etc/passwd")),
        file("etc/group", accounts.get("etc/group")),
        file("own", "", www),
      ]),
      packageOf("w", [file("w", "", www), directory("srv", www)]),
    ],
  ],
];

test("apk lays the same tree under every rule of precedence, links and owners", { skip }, async (t) => {
  const bench = await openBench(t);
  const { root, apk } = await layAlpine(bench);
  for (const [index, [what, built]] of rules.entries()) {
    const target = `t${String(index)}`;
    mkdirSync(join(root, target));
    const packages: StoredPackage[] = [];
    for (const [position, one] of built.entries()) {
      const path = `${target}-${one.control.name}.apk`;
      packages.push(await pack(bench, join(root, path), one));
      const begin = position === 0 ? ["--initdb"] : [];
      const added = apk(
        "--root",
        target,
        "--arch",
        "x86_64",
        "--allow-untrusted",
        "--no-scripts",
        ...begin,
        "add",
        `/${path}`,
      );
      assert.equal(added.status, 0, `${what}: ${added.stderr}`);
    }
    const plan = await planWithAccounts(bench, packages);
    assert.deepEqual(
      walkManifest(join(root, target)).filter(isCompared).map(withoutTime),
      await expectedOf(bench, packages, plan),
      what,
    );
  }
});

function one(name: string, content: string, control: Parameters<typeof packageOf>[2] = {}): StoredPackage {
  return packageOf(name, [file("bin/x", content)], { origin: name, ...control });
}

async function pack(bench: Bench, path: string, { control, contents }: StoredPackage): Promise<StoredPackage> {
  const { dataHash, ...rest } = control;
  assert.equal(dataHash, "");
  const described = { ...rest, description: control.name, license: "MIT", installedSizeBytes: 1 };
  const entries = contents.entries.map((entry) => ({ entry, content: contentOf(entry) }));
  await writePackage(path, { control: described, entries, mtime: 0 });
  return readPackageFile(bench, path);
}

/** The text that a built file was hashed from. */
function contentOf(entry: PackageEntry): Buffer | undefined {
  if (entry.type !== "file") return undefined;
  const texts = ["", "1", "2", "c", entry.path, accounts.get(entry.path) ?? ""];
  const text = texts.find((each) => file("any", each).sha256 === entry.sha256);
  return Buffer.from(text ?? assert.fail(`the content of ${entry.path} is not among those known`));
}

async function planWithAccounts(bench: Bench, packages: readonly StoredPackage[]): Promise<InstallPlan> {
  return planOf(packages, { accountFiles: await loadAccountFiles(bench, packages) });
}

async function expectedOf(bench: Bench, packages: readonly StoredPackage[], plan: InstallPlan): Promise<string[]> {
  return (await manifestLines(bench, packages, plan)).filter(isCompared).map(withoutTime);
}

/** What `--initdb` and we generate is left aside. */
function isCompared(line: string): boolean {
  return !/\t\.\/(lib|etc\/apk|etc|var|tmp|proc|dev)(\/|\t)/.test(line) || /\t\.\/etc\/(passwd|group)\t/.test(line);
}

/** apk sets no time on links. */
function withoutTime(line: string): string {
  return line.replace(/^(l(?:\t[^\t]*){4})\t[^\t]*/, "$1\t-");
}

interface Alpine {
  readonly root: string;
  readonly labels: readonly string[];
  /** Runs apk in the root, without network. */
  readonly apk: (...words: string[]) => {
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
  };
}

async function layAlpine(bench: Bench): Promise<Alpine> {
  // vlan and what needs it cannot be installed beside ifupdown-ng.
  const labels = packageFiles(alpine).filter((label) => !/^(vlan|network-extras)-/.test(label));
  const packages = await Promise.all(labels.map((label) => bench.read(alpine, label)));
  const accountFiles = await loadAccountFiles(bench, packages);
  const plan = planOf(packages, { accountFiles, world: packages.map(({ control }) => control.name) });
  const root = join(bench.folder, "root");
  const ports = { ...bench, signal: new AbortController().signal, env: { PATH: process.env["PATH"] } };
  await writePlanToDisk(ports, plan, packages, root, { owners: "apply" });
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const apk: Alpine["apk"] = (...words) =>
    spawnSync("chroot", [root, "/sbin/apk", "--no-network", "--no-cache", ...words], {
      encoding: "utf8",
      env,
      timeout: 20_000,
    });
  return { root, labels, apk };
}
