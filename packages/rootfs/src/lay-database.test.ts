import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createTarScanner, type TarEntry } from "@apkmill/archive";
import type { IndexRecord } from "@apkmill/apk";
import { defaultLimits } from "@apkmill/core";
import { digestXattrs } from "./describe-installed.ts";
import { readInstalled } from "./read-installed.ts";
import { buildPackage, device, directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { entryAt, planOf, textAt } from "./testing/plan-of.ts";

const database = "lib/apk/db/installed";

test("a record has the fields in apk's order, then directories in archive order with their files sorted", () => {
  const control = {
    description: "A tool",
    url: "https://tool.test",
    license: "MIT",
    origin: "tools",
    maintainer: "Me <me@tool.test>",
    buildTime: 1_700_000_000,
    commit: "abc",
    installedSizeBytes: 4096,
    providerPriority: 3,
    depends: ["so:libc.so.1", "!old"],
    provides: ["cmd:tool=1"],
    installIf: ["a", "b=1"],
    replaces: ["old<2"],
    replacesPriority: 7,
  };
  const entries = [
    directory("usr"),
    directory("usr/bin"),
    file("usr/bin/z", "z", { mode: 0o4755 }),
    symlink("usr/bin/a", "z"),
    hardlink("usr/bin/m", "usr/bin/z"),
    directory("dev", { gid: 5, gname: "" }),
    device("dev/x", 1, 3),
    file("top"),
  ];
  const tool = buildPackage({ name: "tool", control, entries });
  const sha1 = (text: string): string => `Q1${createHash("sha1").update(text).digest("base64")}`;
  assert.equal(
    textAt(planOf([tool], { pins: new Map([["tool", "edge"]]) }), database),
    `C:${tool.identity}
P:tool
V:1-r0
A:x86_64
S:1500
I:4096
T:A tool
U:https://tool.test
L:MIT
o:tools
m:Me <me@tool.test>
t:1700000000
c:abc
k:3
D:so:libc.so.1 !old
p:cmd:tool=1
i:a b=1
r:old<2
q:7
s:edge
F:usr
F:usr/bin
R:a
a:0:0:777
Z:${sha1("z")}
R:m
a:0:0:4755
Z:${sha1("z")}
R:z
a:0:0:4755
Z:${sha1("z")}
F:dev
M:0:5:755
R:x
F:
R:top
Z:${sha1("top")}

`,
  );
});

test("records are sorted by name without regard to case, whatever the order of installation", () => {
  const names = readInstalled(textAt(planOf(["b", "C", "a", "B"].map((name) => packageOf(name, []))), database));
  assert.deepEqual(
    names.map(({ name }) => name),
    ["a", "B", "b", "C"],
  );
});

test("the database repeats what the index said about a package, but for its identity and what no index says", () => {
  const stored = packageOf("a", [file("x")], { arch: "noarch", replaces: ["b"] });
  const { replaces, replacesPriority, triggers, dataHash, ...info } = stored.control;
  assert.deepEqual([replacesPriority, triggers, dataHash], [0, [], ""]);
  const record: IndexRecord = { ...info, arch: "x86_64", checksum: "Q1other", sizeBytes: 77 };
  const [only] = readInstalled(textAt(planOf([stored], { records: new Map([[0, record]]) }), database));
  assert.deepEqual(
    [only?.arch, only?.sizeBytes, only?.checksum, only?.replaces],
    ["x86_64", 77, stored.identity, replaces],
  );
});

test("a package that installs nothing has no replacements in the database, as apk has it", () => {
  const meta = packageOf("meta", [file(".dummy")], { replaces: ["old"], replacesPriority: 1 });
  assert.doesNotMatch(textAt(planOf([meta]), database), /^[rq]:/m);
});

test("the extended attributes of an entry are digested in order of their names", () => {
  const xattrs = new Map([
    ["user.b", Buffer.from("2")],
    ["security.capability", Buffer.from([1, 0])],
  ]);
  const bytes = Buffer.concat([
    Buffer.from([0, 0, 0, 19]),
    Buffer.from("security.capability"),
    Buffer.from([0, 0, 0, 2, 1, 0]),
    Buffer.from([0, 0, 0, 6]),
    Buffer.from("user.b"),
    Buffer.from([0, 0, 0, 1, 0x32]),
  ]);
  const digest = createHash("sha1").update(bytes).digest();
  assert.deepEqual(digestXattrs(xattrs), digest);
  const text = textAt(planOf([packageOf("a", [file("x", "", { xattrs })])]), database);
  assert.match(text, new RegExp(`^a:0:0:644:Q1${digest.toString("base64").replace(/[+/]/g, "\\$&")}$`, "m"));
});

test("triggers name the package by its identity", () => {
  const busybox = packageOf("busybox", [], { triggers: ["/bin", "/usr/bin"] });
  const plan = planOf([busybox, packageOf("zlib", [])]);
  assert.equal(textAt(plan, "lib/apk/db/triggers"), `${busybox.identity} /bin /usr/bin\n`);
});

test("scripts.tar holds every script of every package under apk's name, executable, of the build's time", () => {
  const b = buildPackage({ name: "b", scripts: { trigger: "t", "pre-install": "p" }, control: { buildTime: 5 } });
  const plan = planOf([b, buildPackage({ name: "a", scripts: { "post-upgrade": "u" } })]);
  assert.deepEqual(
    tarEntries(plan).map(({ path, mode, mtime }) => [path.replace(/Q1[^.]+/, "Q1…"), mode, mtime]),
    [
      ["a-1-r0.Q1….post-upgrade", 0o755, 0],
      ["b-1-r0.Q1….pre-install", 0o755, 5],
      ["b-1-r0.Q1….trigger", 0o755, 5],
    ],
  );
});

test("without scripts scripts.tar is an empty archive", () => {
  assert.deepEqual(scriptsTar(planOf([])), Buffer.alloc(1024));
});

function scriptsTar(plan: ReturnType<typeof planOf>): Buffer {
  const { source } = entryAt(plan, "lib/apk/db/scripts.tar");
  return source.kind === "generated" ? Buffer.from(source.content) : assert.fail();
}

function tarEntries(plan: ReturnType<typeof planOf>): TarEntry[] {
  const entries: TarEntry[] = [];
  const scanner = createTarScanner(
    { onEntry: (entry) => void entries.push(entry), onContent: () => undefined, onEnd: () => undefined },
    { limits: defaultLimits },
  );
  scanner.push(scriptsTar(plan));
  scanner.end();
  return entries;
}
