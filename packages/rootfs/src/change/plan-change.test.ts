import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StoredPackage } from "@apkmill/apk";
import type { InstallPlan } from "../plan.ts";
import { buildPackage, device, directory, file, hardlink, packageOf, symlink } from "../testing/build-package.ts";
import { planOf, textAt } from "../testing/plan-of.ts";
import { installedBy, lays, rootOf, viewOf, type Standing } from "../testing/view-of.ts";
import type { ChangePlan, ChangeRequest } from "./change.ts";
import { planChange } from "./plan-change.ts";

/** Another version of a package of the same name. */
function next(one: StoredPackage): StoredPackage {
  return { ...one, identity: "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=", control: { ...one.control, version: "2-r0" } };
}

interface Case {
  /** What is installed; the disk holds it with `disk` over it. */
  readonly before?: readonly StoredPackage[];
  readonly disk?: Readonly<Record<string, Standing>>;
  readonly packages?: readonly StoredPackage[];
  readonly more?: Partial<ChangeRequest>;
}

function change({ before = [], disk = {}, packages = [], more = {} }: Case): ChangePlan {
  const laid = planOf(before);
  return planChange({
    root: rootOf(installedBy(laid)),
    view: viewOf({ ...diskOf(laid), ...disk }),
    changes: packages.map((_, index) => lays(index)),
    packages,
    accountFiles: new Map(),
    world: [],
    arch: "x86_64",
    ...more,
  });
}

/** A built file's content is its path. */
function diskOf({ entries }: InstallPlan): Record<string, Standing> {
  return Object.fromEntries(
    entries.map(({ path, type, mode, linkPath, source }): [string, Standing] => {
      if (type === "directory") return [path, { mode }];
      if (type === "symlink") return [path, { link: linkPath }];
      return [path, source.kind === "generated" ? Buffer.from(source.content).toString("utf8") : path];
    }),
  );
}

/** Actions beside those of the database, as `kind path`. */
function linesOf({ actions }: ChangePlan): string[] {
  return actions.filter(({ path }) => !/^(lib|etc\/apk)(\/|$)/.test(path)).map(({ kind, path }) => `${kind} ${path}`);
}

function conflictOf(what: Case): string {
  try {
    change(what);
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error);
    return `${String(error.code)}: ${error.message}`;
  }
  return assert.fail("nothing was refused");
}

test("laying packages onto nothing is what an install plans", () => {
  const name = fc.constantFrom("a", "b", "c");
  const entry = fc.oneof(
    fc.tuple(name, name).map(([a, b]) => file(`${a}/${b}`)),
    name.map((a) => file(a)),
    fc.tuple(name, name).map(([a, b]) => symlink(`${a}/${b}`, "../c")),
    fc.tuple(name, fc.constantFrom(0o700, 0o2755, 0o1777)).map(([a, mode]) => directory(a, { mode })),
  );
  const built = fc.array(fc.tuple(name, fc.array(entry, { maxLength: 4 }), fc.boolean()), { maxLength: 3 });
  fc.assert(
    fc.property(built, (packages) => {
      const all = packages.map(([letter, entries, replaces], index) =>
        packageOf(`${letter}${String(index)}`, entries, {
          replaces: replaces ? packages.map(([other], at) => `${other}${String(at)}`) : [],
        }),
      );
      const outcome = (plan: () => { readonly entries: readonly unknown[] }): unknown => {
        try {
          return plan().entries;
        } catch (error) {
          return error instanceof Error && "code" in error ? error.code : assert.fail(String(error));
        }
      };
      const view = viewOf({});
      const root = rootOf([], { archs: [] });
      const request = { root, view, changes: all.map((_, index) => lays(index)), packages: all };
      const more = { accountFiles: new Map(), world: [], arch: "x86_64" };
      assert.deepEqual(
        outcome(() => planChange({ ...request, ...more })),
        outcome(() => planOf(all)),
      );
    }),
  );
});

test("an upgrade writes what is new, deletes what is gone, and removes directories that nobody has any more", () => {
  const foo = packageOf("foo", [file("usr/x"), file("usr/old/y"), file("opt/z")]);
  const bar = packageOf("bar", [file("opt/b")]);
  const plan = change({ before: [foo, bar], packages: [next(packageOf("foo", [file("usr/x"), file("new/n")]))] });
  assert.deepEqual(linesOf(plan), [
    "make-directory new",
    "write new/n",
    "write usr/x",
    "delete opt/z",
    "delete usr/old/y",
    "remove-directory usr/old",
  ]);
  assert.deepEqual(
    plan.installed.map(({ name, version }) => `${name}-${version}`),
    ["bar-1-r0", "foo-2-r0"],
  );
});

test("a removal leaves what other packages have, and what nobody put there", () => {
  const foo = packageOf("foo", [file("usr/x/y"), file("srv/z")]);
  const bar = packageOf("bar", [directory("usr/x")]);
  const plan = change({
    before: [foo, bar],
    disk: { "srv/mine": "" },
    more: { changes: [{ kind: "remove", name: "foo" }] },
  });
  assert.deepEqual(linesOf(plan), ["delete srv/z", "delete usr/x/y"]);
});

test("the database and the world are written last, the database at the very end", () => {
  const plan = change({ packages: [packageOf("zz", [file("zz/z")])] });
  assert.deepEqual(
    plan.actions.filter(({ kind }) => kind === "write").map(({ path }) => path),
    ["zz/z", "etc/apk/world", "lib/apk/db/scripts.tar", "lib/apk/db/triggers", "lib/apk/db/installed"],
  );
});

test("a file that the database has and the disk has not is still its owner's", () => {
  const plan = { before: [packageOf("foo", [file("usr/x")])], packages: [packageOf("bar", [file("usr/x")])] };
  assert.match(conflictOf({ ...plan, disk: {} }), /^ROOTFS_CONFLICT: .*usr\/x of bar-1-r0: foo-1-r0/);
  const gone = change({ ...plan, packages: [packageOf("bar", [file("usr/x")], { replaces: ["foo"] })] });
  assert.deepEqual(
    gone.installed.map(({ name, directories }) => [name, directories.flatMap(({ files }) => files.length)]),
    [
      ["bar", [1]],
      ["foo", [0]],
    ],
  );
});

test("a directory never becomes a file, nor a file a directory, nor a link that goes with its package a directory", () => {
  const cases: readonly (readonly [StoredPackage, StoredPackage])[] = [
    [packageOf("foo", [file("d/x")]), packageOf("foo", [file("d")])],
    [packageOf("foo", [file("d/x")]), packageOf("foo", [symlink("d", "t")])],
    [packageOf("foo", [file("d")]), packageOf("foo", [file("d/x")])],
    [packageOf("foo", [file("t/x"), symlink("d", "t")]), packageOf("foo", [file("t/x"), file("d/y")])],
  ];
  for (const [before, after] of cases) {
    const refused = conflictOf({ before: [before], packages: [next(after)] });
    assert.match(refused, /^ROOTFS_(CONFLICT|BAD_PARENT): .*\bd\b/);
  }
});

test("a package that is removed first makes room, in one transaction", () => {
  const plan = change({
    before: [packageOf("foo", [file("d")])],
    packages: [packageOf("bar", [file("d/x")])],
    more: { changes: [{ kind: "remove", name: "foo" }, lays(0)] },
  });
  assert.deepEqual(linesOf(plan), ["make-directory d", "write d/x", "delete d"]);
});

test("devices in a protected directory are never taken for unchanged", () => {
  const foo = packageOf("foo", [device("etc/null", 1, 3)]);
  const plan = change({
    before: [foo],
    disk: { "etc/null": "x" },
    packages: [next(packageOf("foo", [file("etc/null")]))],
  });
  assert.deepEqual(
    linesOf(plan).filter((line) => line.includes("null")),
    ["write etc/null.apk-new", "keep etc/null"],
  );
});

test("a file of a v3 package is compared by its SHA-256", () => {
  const [one] = installedBy(planOf([packageOf("foo", [file("etc/c")])]));
  const sha256 = file("etc/c").sha256.slice(0, 40);
  const checksum = `Q1${Buffer.from(sha256, "hex").toString("base64")}`;
  const root = rootOf([
    {
      ...(one ?? assert.fail()),
      flags: "S",
      directories: [
        {
          path: "etc",
          uid: 0,
          gid: 0,
          mode: 0o755,
          xattrDigest: "",
          files: [{ name: "c", uid: 0, gid: 0, mode: 0o644, xattrDigest: "", checksum }],
        },
      ],
    },
  ]);
  const packages = [next(packageOf("foo", [file("etc/c", "new")]))];
  const lines = (text: string): string[] => linesOf(change({ packages, disk: { "etc/c": text }, more: { root } }));
  assert.deepEqual(lines("etc/c"), ["write etc/c"]);
  assert.deepEqual(lines("other"), ["write etc/c.apk-new", "keep etc/c"]);
});

test("what lies beside a removed file as .apk-new goes with it", () => {
  const foo = packageOf("foo", [file("etc/c"), file("usr/d")]);
  const plan = change({
    before: [foo],
    disk: { "etc/c.apk-new": "", "usr/d.apk-new": "" },
    more: { changes: [{ kind: "remove", name: "foo" }] },
  });
  assert.deepEqual(
    linesOf(plan),
    ["delete etc/c", "delete etc/c.apk-new", "delete usr/d", "remove-directory usr"].filter(
      (line) => line !== "remove-directory usr",
    ),
  );
});

test("names of one file stay one file where the disk has the new content already", () => {
  const foo = packageOf("foo", [file("etc/g"), hardlink("etc/h", "etc/g")]);
  const same = { mode: 0o644, mtime: 0 };
  const plan = change({
    before: [packageOf("foo", [])],
    disk: { "etc/g": "etc/g" },
    packages: [
      next({
        ...foo,
        contents: {
          ...foo.contents,
          entries: foo.contents.entries.map((one) => ({ ...one, ...(one.type === "file" ? same : {}) })),
        },
      }),
    ],
  });
  const byPath = new Map(plan.entries.map((entry) => [entry.path, entry]));
  assert.equal(byPath.get("etc/g")?.type, "file");
  assert.equal(byPath.get("etc/h")?.linkPath, "etc/g");
});

test("a link in the root leads on inside the root, however it is written", () => {
  for (const link of ["/usr/lib", "../../../usr/lib", "usr/lib"]) {
    const plan = change({
      disk: { "usr/lib": { mode: 0o755 }, l: { link } },
      packages: [packageOf("foo", [file("l/x")])],
    });
    assert.deepEqual(linesOf(plan), ["write usr/lib/x"]);
  }
  assert.match(
    conflictOf({ disk: { l: { link: "/nowhere" } }, packages: [packageOf("foo", [file("l/x")])] }),
    /ROOTFS_BAD_PARENT/,
  );
});

test("a package that is not among those given, or installed twice, is refused", () => {
  const [foo] = installedBy(planOf([packageOf("foo", [])]));
  const twice = rootOf([foo ?? assert.fail(), foo ?? assert.fail()]);
  assert.match(conflictOf({ more: { root: twice } }), /^ROOTFS_BAD_DATABASE/);
  assert.match(conflictOf({ more: { changes: [lays(7)] } }), /^ROOTFS_BAD_REQUEST/);
  assert.match(conflictOf({ more: { changes: [{ kind: "repin", name: "x", tag: "y" }] } }), /^ROOTFS_BAD_REQUEST/);
});

test("a pin is changed in the database alone", () => {
  const plan = change({
    before: [packageOf("foo", [file("x")])],
    more: { changes: [{ kind: "repin", name: "foo", tag: "edge" }] },
  });
  assert.deepEqual(linesOf(plan), []);
  assert.equal(plan.installed[0]?.tag, "edge");
});

test("a package of size 0 brings nothing, and the database has its name", () => {
  const meta = buildPackage({
    name: "meta",
    control: { installedSizeBytes: 0, triggers: ["/x"] },
    entries: [file("x")],
    scripts: { trigger: "" },
  });
  const plan = planOf([meta]);
  assert.equal(plan.packages[0]?.kept, 0);
  assert.equal(textAt(plan, "lib/apk/db/triggers"), "");
  assert.deepEqual(
    installedBy(plan).map(({ name, directories }) => [name, directories]),
    [["meta", []]],
  );
});
