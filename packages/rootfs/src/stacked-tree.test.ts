import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PackageEntry, StoredPackage } from "@apkmill/apk";
import { isEngineError } from "@apkmill/core";
import { entriesOfPackages } from "./read-plan-entries.ts";
import { contentIn } from "./content-in.ts";
import { restatements, sameXattrs, stackedTree, type ContentOf, type LayerEntry } from "./stacked-tree.ts";
import { directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { planOf } from "./testing/plan-of.ts";

const certain = (layers: readonly (readonly LayerEntry[])[], path: string): boolean | undefined =>
  stackedTree(layers).get(path)?.certain;

const byHash: ContentOf = ({ sha256 }) => sha256;

test("a later layer's entry replaces an earlier one's, and a directory keeps what is in it", () => {
  const stack = stackedTree([
    [directory("d", { mode: 0o700 }), file("d/x", "1"), file("d/y")],
    [directory("d", { mode: 0o755 }), file("d/x", "2")],
  ]);
  assert.deepEqual([...stack.keys()].sort(), ["d", "d/x", "d/y"]);
  assert.equal(stack.get("d")?.entry.mode, 0o755);
  assert.equal(stack.get("d/x")?.entry.sha256, file("x", "2").sha256);
  assert.equal(stack.get("d/x")?.layer, 1);
});

test("what is not a directory takes the place of one with all that was in it, and the other way round", () => {
  const stack = stackedTree([
    [directory("d"), file("d/x"), file("f")],
    [symlink("d", "f"), directory("f"), file("f/x")],
  ]);
  assert.deepEqual([...stack.keys()].sort(), ["d", "f", "f/x"]);
});

test("a directory that a layer does not list is uncertain, even over one that a lower layer lists", () => {
  assert.equal(certain([[file("d/x")]], "d"), false);
  assert.equal(certain([[directory("d")], [file("d/x")]], "d"), false);
  assert.equal(certain([[directory("d")], [directory("d"), file("d/x")]], "d"), true);
});

test("a link of a lower layer is not followed: the path becomes a directory, as Docker unpacks layers one by one", () => {
  const stack = stackedTree([
    [directory("usr"), symlink("lib", "usr")],
    [directory("lib"), file("lib/x")],
  ]);
  assert.equal(stack.get("lib")?.entry.type, "directory");
});

test("a layer that puts something below its own file or link is refused: one runtime follows what another refuses", () => {
  for (const other of [symlink("d", "usr"), file("d"), hardlink("d", "usr/x")])
    assert.throws(() => stackedTree([[directory("usr"), file("usr/x"), other, file("d/deep/x")]]), {
      code: "ROOTFS_BAD_PARENT",
    });
});

test("whiteouts delete what lower layers have left, whatever their place in the archive, and nothing of their own layer", () => {
  const lower = [
    directory("a"),
    file("a/x"),
    file("a/y"),
    directory("b"),
    file("b/x"),
    directory("b/c"),
    file("b/c/x"),
  ];
  const left = (...layer: LayerEntry[]): string[] => [...stackedTree([lower, layer]).keys()].sort();
  assert.deepEqual(left(file("a/.wh.x"), file(".wh.b")), ["a", "a/y"]);
  assert.deepEqual(left(file("b/c/new"), file(".wh.b"), file("a/y"), file("a/.wh.y")), [
    ...["a", "a/x", "a/y"],
    ...["b", "b/c", "b/c/new"],
  ]);
  assert.deepEqual(left(file("b/new"), file("b/.wh..wh..opq"), file("b/later")), [
    ...["a", "a/x", "a/y"],
    ...["b", "b/later", "b/new"],
  ]);
  assert.deepEqual(left(file("a/.wh..wh.plnk"), file("a/.wh.nothing"), file("nowhere/.wh.x")).length, lower.length);
});

test("deletions by the thousand cost little", () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `d/${String(index)}`);
  const began = performance.now();
  const files = names.map((name) => file(`${name}/x`, ""));
  const opaque = names.map((name) => file(`${name}/.wh..wh..opq`));
  const whiteouts = names.map((name) => file(name.replace("/", "/.wh.")));
  assert.deepEqual([...stackedTree([files, opaque, files, whiteouts]).keys()], ["d"]);
  assert.ok(performance.now() - began < 5_000);
});

test("directories that long names imply are told of, once each, so that they can be bounded", () => {
  const deep = [0, 1].map((index) => file(`${String(index)}/d/d/x`));
  const implied: string[] = [];
  stackedTree([deep, [...deep, file("1/d/y")]], (path) => void implied.push(path));
  assert.deepEqual(implied, ["0", "0/d", "0/d/d", "1", "1/d", "1/d/d"]);
});

test("hard links share an inode within a layer; across layers they are broken", () => {
  const stack = stackedTree([[file("a"), hardlink("b", "a")]]);
  assert.equal(stack.get("a")?.inode, stack.get("b")?.inode);
  assert.equal(certain([[file("a")], [hardlink("b", "a")]], "b"), false);
});

test("a hard link whose own header says other than its file leaves the file uncertain", () => {
  const target = file("a", "x", { mode: 0o4755, xattrs: new Map([["security.capability", Buffer.from("01")]]) });
  assert.equal(certain([[target, hardlink("b", "a", { mode: 0o4755, xattrs: target.xattrs })]], "b"), true);
  for (const header of [{ mode: 0o644 }, { mode: 0o4755 }, { mode: 0o4755, uid: 7 }, { mode: 0o4755, mtime: 7 }])
    assert.equal(certain([[target, hardlink("b", "a", header)]], "b"), false);
});

test("whiteouts delete what lower layers brought", () => {
  const stack = stackedTree([
    [directory("d"), file("d/x"), directory("e"), file("e/x")],
    [directory("d"), file("d/.wh.x"), directory("e"), file("e/new"), file("e/.wh..wh..opq")],
  ]);
  assert.deepEqual([...stack.keys()].sort(), ["d", "e", "e/new"]);
});

test("nothing is restated when the stack is the plan already", () => {
  const layer = [directory("d"), file("d/x"), hardlink("d/y", "d/x")];
  const planned = planOf([packageOf("a", layer)]).entries.filter(({ source }) => source.kind === "package");
  assert.deepEqual(restatements(planned, stackedTree([layer]), byHash), { entries: [], surplus: [] });
});

test("a different entry is restated with the directories above it, and all names of a file together", () => {
  const layer = [directory("a"), directory("a/b"), file("a/b/x"), hardlink("a/b/y", "a/b/x"), file("z")];
  const planned = planOf([packageOf("p", layer)]).entries.filter(({ source }) => source.kind === "package");
  const stale = layer.map((entry) => (entry.path === "a/b/x" ? { ...entry, mode: 0o600 } : entry));
  const { entries } = restatements(planned, stackedTree([stale]), byHash);
  assert.deepEqual(
    entries.map(({ path }) => path),
    ["a", "a/b", "a/b/x", "a/b/y"],
  );
});

test("names that share a file in the plan only are restated together, one that shares it in the stack only is alone", () => {
  const linked = [file("x", "c"), hardlink("y", "x")];
  const apart = [file("x", "c"), file("y", "c")];
  for (const [plan, stack, expected] of [
    [linked, apart, ["x", "y"]],
    [apart, linked, ["y"]],
  ] as const) {
    const planned = planOf([packageOf("p", plan)]).entries.filter(({ source }) => source.kind === "package");
    assert.deepEqual(
      restatements(planned, stackedTree([stack]), byHash).entries.map(({ path }) => path),
      expected,
    );
  }
});

const fields: readonly (readonly [what: string, change: Partial<PackageEntry>])[] = [
  ["mode", { mode: 0o4755 }],
  ["owner", { uid: 5 }],
  ["group", { gid: 5 }],
  ["time", { mtime: 5 }],
  ["content", { sha256: file("x", "other").sha256 }],
  ["extended attribute", { xattrs: new Map([["user.a", Buffer.from("b")]]) }],
];

for (const [what, change] of fields) {
  test(`a file of another ${what} is restated`, () => {
    const planned = planOf([packageOf("p", [file("x")])]).entries.filter(({ source }) => source.kind === "package");
    assert.equal(restatements(planned, stackedTree([[{ ...file("x"), ...change }]]), byHash).entries.length, 1);
  });
}

test("what stands in the stack but not in the plan is named: only a deletion could mend it", () => {
  assert.deepEqual(restatements([], stackedTree([[file("b"), file("a")]]), byHash).surplus, ["a", "b"]);
});

const names = fc.constantFrom("a", "b", "lib", "usr", "etc");
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const entries = fc.oneof(
  fc
    .record({ path: paths, mode: fc.constantFrom(0o755, 0o700, 0o2750, 0o1777), mtime: fc.nat(3) })
    .map(({ path, ...more }) => directory(path, more)),
  fc
    .record({ path: paths, content: names, uid: fc.nat(1), mtime: fc.nat(3) })
    .map(({ path, content, ...more }) => file(path, content, more)),
  fc.record({ path: paths, target: paths }).map(({ path, target }) => symlink(path, `/${target}`)),
  fc.record({ path: paths, target: paths }).map(({ path, target }) => hardlink(path, target)),
);
const packages = fc
  .array(fc.array(entries, { maxLength: 6 }), { minLength: 1, maxLength: 4 })
  .map((lists) => lists.map((list, index) => packageOf(`p${String(index)}`, list, { origin: "one" })));

test("verbatim layers in any order, rewritten ones and the restatements unpack to the plan", () => {
  let compared = 0;
  fc.assert(
    fc.property(packages, fc.boolean(), (stored, reversed) => {
      const plan = planUnlessRefused(stored);
      if (plan === undefined) return;
      compared += 1;
      const layers = plan.packages.map(({ verbatim }, index) =>
        verbatim ? (stored[index]?.contents.entries ?? []) : entriesOfPackages(plan.entries, new Set([index])),
      );
      if (reversed) layers.reverse();
      const last = restatements(plan.entries, stackedTree(layers), contentIn(stored));
      assert.deepEqual(last.surplus, []);
      assert.deepEqual(restatements(plan.entries, stackedTree([...layers, last.entries]), contentIn(stored)), {
        entries: [],
        surplus: [],
      });
    }),
    { numRuns: 1500 },
  );
  assert.ok(compared > 200, `only ${String(compared)} of the generated sets can be installed`);
});

/** Generated packages often bring a path twice or conflict; that they are refused with a code is all that is asked then. */
function planUnlessRefused(stored: readonly StoredPackage[]): ReturnType<typeof planOf> | undefined {
  try {
    return planOf(stored);
  } catch (error) {
    assert.ok(isEngineError(error), String(error));
    return undefined;
  }
}

test("extended attributes are the same by name and value, also where a value is empty", () => {
  const empty = new Uint8Array(0);
  assert.equal(sameXattrs(new Map([["user.a", empty]]), new Map([["user.a", empty]])), true);
  assert.equal(sameXattrs(new Map([["user.a", empty]]), new Map([["user.b", empty]])), false);
  assert.equal(sameXattrs(new Map([["user.a", empty]]), new Map()), false);
});
