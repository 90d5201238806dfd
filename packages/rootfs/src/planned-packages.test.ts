import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredPackage } from "@apkmill/apk";
import { buildPackage, device, directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { planOf } from "./testing/plan-of.ts";

test("a package whose entries all stand under their own names is a layer as it is", () => {
  const entries = [directory("usr"), file("usr/x"), symlink("l", "usr"), hardlink("usr/y", "usr/x")];
  const [planned] = planOf([packageOf("a", entries)]).packages;
  assert.deepEqual(planned, { label: "a-1-r0", kept: 4, dropped: [], verbatim: true, why: "" });
});

const merged = packageOf("base", [directory("usr/lib"), symlink("lib", "usr/lib")]);
const other = packageOf("other", [file("bin/x", "1")]);
const odd = packageOf("p", [file("usr/x")]);
const opaque = { xattrs: new Map([["trusted.overlay.opaque", Buffer.from("y")]]) };
const www = { uname: "www", gname: "" };

const rewritten: readonly (readonly [why: RegExp, packages: readonly StoredPackage[], more?: { passwd: string }])[] = [
  [/\.dummy, which is not installed/, [packageOf("p", [file(".dummy")])]],
  [/directory lib is a link to usr\/lib/, [merged, packageOf("p", [directory("lib")])]],
  [/directory lib is a link to usr\/lib/, [merged, packageOf("p", [file("lib/x")])]],
  [/lib\/x crosses a link/, [merged, buildPackage({ name: "p", entries: [file("lib/x")] })]],
  [/does not list the directory opt/, [buildPackage({ name: "p", entries: [file("opt/x")] })]],
  [/deletion/, [packageOf("p", [file("etc/.wh.passwd")])]],
  [/usr\/x: a character device 0:0 means a deletion/, [packageOf("p", [device("usr/x", 0, 0)])]],
  [/usr: its attribute trusted\.overlay\.opaque/, [packageOf("p", [directory("usr", opaque)])]],
  [/y: its attribute trusted\.overlay\.opaque/, [packageOf("p", [file("x"), hardlink("y", "x", opaque)])]],
  [/lists the directory usr twice/, [packageOf("p", [directory("usr"), file("usr/x"), directory("usr")])]],
  [/the contiguous file x, which/, [{ ...odd, contents: { ...odd.contents, oddity: "the contiguous file x" } }]],
  [
    /owner 82:0, archived is 100:0/,
    [packageOf("base", [file("etc/passwd")]), packageOf("p", [file("x", "", { ...www, uid: 100 })])],
  ],
  [
    /bin\/x is not its own: other-1-r0 replaces p-1-r0/,
    [{ ...other, control: { ...other.control, replaces: ["p"] } }, packageOf("p", [file("bin/x", "2")])],
  ],
  [/has no entries/, [packageOf("p", [])]],
];

for (const [why, packages] of rewritten) {
  test(`a package is rewritten, with the reason, when ${why.source}`, () => {
    const accountFiles = new Map([[0, { passwd: "www:x:82:82::/:/bin/sh\n" }]]);
    const planned = planOf(packages, { accountFiles }).packages.at(-1);
    assert.equal(planned?.verbatim, false);
    assert.match(planned.why, why);
  });
}

test("a package that lost a file to a later one is not a layer as it is; the later one is", () => {
  const late = packageOf("late", [file("bin/x", "2")], { replaces: ["other"] });
  const [first, second] = planOf([other, late]).packages;
  assert.deepEqual([first?.verbatim, first?.kept, second?.verbatim], [false, 1, true]);
});

test("a package whose file a generated one replaces is not a layer as it is", () => {
  const [planned] = planOf([packageOf("p", [file("etc/apk/world")])]).packages;
  assert.equal(planned?.why, "etc/apk/world is not its own: generated: world");
});
