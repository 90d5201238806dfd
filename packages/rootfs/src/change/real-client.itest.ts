import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openBench } from "../testing/corpora.ts";
import { makeKey, makeRepository, noRealClient, openRealClient, own, type OwnPackage } from "../testing/real-client.ts";
import { changeAsThey, factsOf, makeTwins } from "../testing/start-root.ts";

const { directory, file, hardlink, symlink } = own;

/** One root, changed by the real client and by us. */
interface Scenario {
  readonly what: string;
  readonly before: readonly OwnPackage[];
  /** All that the repository has afterwards. */
  readonly after: readonly OwnPackage[];
  /** What the administrator did in between. */
  readonly edit?: (root: string) => void;
  readonly words: readonly string[];
  readonly world?: readonly string[];
  /** What `apk audit --system` finds afterwards; nothing unless said. */
  readonly audit?: string;
}

const one = (name: string, items: OwnPackage["items"] = [], control: OwnPackage["control"] = {}): OwnPackage => ({
  name,
  items,
  control,
});
const two = (name: string, items: OwnPackage["items"] = [], control: OwnPackage["control"] = {}): OwnPackage => ({
  ...one(name, items, control),
  version: "2-r0",
});
const put = (root: string, path: string, text = "mine"): void => {
  writeFileSync(join(root, path), text);
};

const scenarios: readonly Scenario[] = [
  {
    what: "an upgrade writes the new files, removes the old ones, and the directories that are empty then",
    before: [one("foo", [file("usr/a"), file("usr/b", "1"), file("opt/x/y/z"), file("srv/deep/f")])],
    after: [two("foo", [file("usr/b", "2", { mode: 0o4755 }), file("usr/c"), directory("var2", { mode: 0o1777 })])],
    edit: (root) => put(root, "srv/deep/unowned"),
    words: ["upgrade"],
  },
  {
    what: "a removal takes the files and the empty directories",
    before: [one("foo", [file("usr/a"), file("usr/only/f"), symlink("usr/l", "a")]), one("bar", [file("usr/b")])],
    after: [one("foo"), one("bar")],
    words: ["del", "foo"],
    world: ["bar"],
  },
  {
    what: "changed configuration stays, the package's goes beside it",
    before: [
      one("foo", [
        file("etc/a"),
        file("etc/b"),
        file("etc/gone"),
        file("etc/gone-changed"),
        file("etc/init.d/s"),
        file("etc/deleted"),
        symlink("etc/l", "a"),
        symlink("etc/m", "a"),
      ]),
    ],
    after: [
      two("foo", [
        file("etc/a", "new"),
        file("etc/b", "new"),
        file("etc/init.d/s", "new"),
        file("etc/deleted", "new"),
        file("etc/unknown", "u"),
        file("etc/same", "s"),
        symlink("etc/l", "b"),
        symlink("etc/m", "b"),
      ]),
    ],
    edit: (root) => {
      for (const path of ["etc/a", "etc/gone-changed", "etc/init.d/s", "etc/unknown"]) put(root, path);
      put(root, "etc/same", "s");
      chmodSync(join(root, "etc/same"), 0o600);
      for (const path of ["etc/deleted", "etc/l"]) rmSync(join(root, path));
      symlinkSync("elsewhere", join(root, "etc/l"));
    },
    words: ["upgrade"],
  },
  {
    what: "changed configuration survives a removal",
    before: [one("foo", [file("etc/a"), file("etc/b"), file("usr/x"), file("etc/sub/m"), symlink("etc/l", "b")])],
    after: [one("foo")],
    edit: (root) => {
      for (const path of ["etc/a", "usr/x", "etc/sub/m"]) put(root, path);
    },
    words: ["del", "foo"],
    world: [],
  },
  {
    what: "a purge takes changed configuration as well",
    before: [one("foo", [file("etc/a"), file("etc/b")])],
    after: [one("foo")],
    edit: (root) => put(root, "etc/a"),
    words: ["del", "--purge", "foo"],
    world: [],
  },
  {
    what: "the administrator's list says what is protected",
    before: [
      one(
        "foo",
        ["opt/c/a", "opt/c/x/b", "etc/un/a", "opt/d1/a", "opt/e/a"].map((path) => file(path)),
      ),
    ],
    after: [
      two(
        "foo",
        ["opt/c/a", "opt/c/x/b", "etc/un/a", "opt/d1/a", "opt/e/a"].map((path) => file(path, "new")),
      ),
    ],
    edit: (root) => {
      mkdirSync(join(root, "etc/apk/protected_paths.d"));
      put(root, "etc/apk/protected_paths.d/z.list", "# why\nopt/c\n-etc/un\n-opt/*/x\n@opt/d[0-9]/\n");
      put(root, "etc/apk/protected_paths.d/ignored.txt", "opt/e\n");
      for (const path of ["opt/c/a", "opt/c/x/b", "etc/un/a", "opt/d1/a", "opt/e/a"]) put(root, path);
    },
    words: ["upgrade"],
  },
  {
    what: "what nobody owned is replaced, its directory left as it is",
    before: [one("base", [file("z")])],
    after: [
      one("base", [file("z")]),
      one("foo", [
        directory("u", { mode: 0o700 }),
        file("u/x"),
        symlink("u/l", "x"),
        directory("sd", { mode: 0o1777 }),
      ]),
    ],
    edit: (root) => {
      mkdirSync(join(root, "u"));
      chmodSync(join(root, "u"), 0o750);
      put(root, "u/x");
      put(root, "u/l");
    },
    words: ["add", "foo"],
    world: ["base", "foo"],
  },
  {
    what: "a directory takes the new mode and owner unless the administrator changed it",
    before: [
      one(
        "foo",
        ["u", "v", "w"].map((path) => directory(path, { mode: 0o700 })),
      ),
    ],
    after: [
      two("foo", [
        directory("u"),
        directory("v"),
        directory("w", { mode: 0o2750, uid: 5, gid: 6, uname: "", gname: "" }),
      ]),
    ],
    edit: (root) => chmodSync(join(root, "v"), 0o711),
    words: ["upgrade"],
  },
  {
    what: "a file becomes a link, a link a file",
    before: [one("foo", [file("bin/a"), symlink("bin/b", "a"), symlink("bin/c", "a")])],
    after: [two("foo", [symlink("bin/a", "b"), file("bin/b"), symlink("bin/c", "b")])],
    words: ["upgrade"],
  },
  {
    what: "hard links stay one file, come and go",
    before: [one("foo", [file("bin/g", "1"), hardlink("bin/a", "bin/g"), hardlink("bin/z", "bin/g")])],
    after: [two("foo", [file("bin/g", "2"), hardlink("bin/a", "bin/g"), hardlink("sbin/n", "bin/g")])],
    words: ["upgrade"],
  },
  {
    what: "a file moves to a package of the same origin that is upgraded with it",
    before: [
      one("a", [file("usr/a"), file("usr/moves", "1")], { origin: "o" }),
      one("b", [file("usr/b")], { origin: "o" }),
    ],
    after: [
      two("a", [file("usr/a")], { origin: "o" }),
      two("b", [file("usr/b"), file("usr/moves", "2")], { origin: "o" }),
    ],
    words: ["upgrade"],
  },
  {
    what: "a file moves the other way round",
    before: [
      one("b", [file("usr/b"), file("usr/moves", "1")], { origin: "o" }),
      one("a", [file("usr/a")], { origin: "o" }),
    ],
    after: [
      two("b", [file("usr/b")], { origin: "o" }),
      two("a", [file("usr/a"), file("usr/moves", "2")], { origin: "o" }),
    ],
    words: ["upgrade"],
  },
  {
    what: "a newcomer that replaces takes the file, and keeps it when the other is upgraded",
    before: [one("old", [file("usr/x", "old"), file("usr/y")])],
    after: [
      two("old", [file("usr/x", "old2"), file("usr/y")]),
      one("new", [file("usr/x", "new")], { replaces: ["old"], replacesPriority: 5 }),
    ],
    words: ["add", "-u", "new", "old"],
    world: ["new", "old"],
  },
  {
    what: "an owner that replaces keeps its file",
    before: [one("owner", [file("usr/x", "owner")], { replaces: ["late"], replacesPriority: 3 })],
    after: [
      one("owner", [file("usr/x", "owner")], { replaces: ["late"], replacesPriority: 3 }),
      one("late", [file("usr/x", "late"), file("usr/l")]),
    ],
    words: ["add", "late"],
    world: ["late", "owner"],
  },
  {
    what: "a package that goes hands its files to the one that comes",
    before: [one("old", [file("usr/x", "old"), file("etc/conf", "old"), file("etc/changed", "old"), file("usr/rest")])],
    after: [
      one("new", [file("usr/x", "new"), file("etc/conf", "new"), file("etc/changed", "new")], { depends: ["!old"] }),
      one("old"),
    ],
    edit: (root) => put(root, "etc/changed"),
    words: ["add", "new", "!old"],
    world: ["!old", "new"],
  },
  {
    what: "a file is taken, then its new owner removed",
    before: [
      one("old", [file("usr/x", "old"), file("usr/y")]),
      one("new", [file("usr/x", "new")], { replaces: ["old"] }),
    ],
    after: [one("old"), one("new")],
    words: ["del", "new"],
    world: ["old"],
  },
  {
    what: "paths that cross a link of another package are changed where they stand",
    before: [one("base", [directory("usr/lib"), symlink("l", "usr/lib")]), one("p", [file("l/x", "1"), file("l/d/y")])],
    after: [one("base", [directory("usr/lib"), symlink("l", "usr/lib")]), two("p", [file("l/x", "2"), file("l/d2/y")])],
    words: ["upgrade"],
  },
  {
    what: "owners are looked up in the root's accounts, those that an upgrade brings as well",
    before: [
      one("base", [
        file("etc/passwd", "root:x:0:0::/:\nwww:x:82:82::/:\n"),
        file("etc/group", "root:x:0:\nwww:x:83:\n"),
      ]),
    ],
    after: [
      one("base", [
        file("etc/passwd", "root:x:0:0::/:\nwww:x:82:82::/:\n"),
        file("etc/group", "root:x:0:\nwww:x:83:\n"),
      ]),
      one("web", [
        file("srv/w", "", { uid: 100, gid: 101, uname: "www", gname: "www" }),
        directory("srv/d", { uid: 1, uname: "www" }),
      ]),
    ],
    edit: (root) => put(root, "etc/passwd", "root:x:0:0::/:\nwww:x:90:82::/:\n"),
    words: ["add", "web"],
    world: ["base", "web"],
  },
  {
    what: "scripts and triggers of what comes are recorded, of what goes forgotten, of what stays kept",
    before: [
      {
        ...one("stays", [file("a")], { triggers: ["/bin", "/usr/*"] }),
        scripts: { trigger: "t1", "post-install": "p1" },
      },
      { ...one("goes", [file("b")], { triggers: ["/lib"] }), scripts: { trigger: "t2", "pre-deinstall": "d" } },
      { ...one("moves", [file("c")], { triggers: ["/srv"] }), scripts: { trigger: "t3" } },
    ],
    after: [
      {
        ...one("stays", [file("a")], { triggers: ["/bin", "/usr/*"] }),
        scripts: { trigger: "t1", "post-install": "p1" },
      },
      { ...two("moves", [file("c")], { triggers: ["/srv2"] }), scripts: { "post-upgrade": "u" } },
      { ...one("comes", [file("d")], { triggers: ["/x"] }), scripts: { "pre-install": "i" } },
    ],
    words: ["add", "-u", "!goes", "comes", "moves", "stays"],
    world: ["!goes", "comes", "moves", "stays"],
  },
  {
    what: "a downgrade is an upgrade to what there is",
    before: [two("foo", [file("usr/new"), file("usr/x", "2")])],
    after: [one("foo", [file("usr/old"), file("usr/x", "1")])],
    words: ["upgrade", "--available"],
  },
  {
    what: "fix lays a package down again",
    before: [one("foo", [file("usr/x"), file("usr/y"), file("etc/c")])],
    after: [one("foo", [file("usr/x"), file("usr/y"), file("etc/c")])],
    edit: (root) => {
      put(root, "usr/x");
      rmSync(join(root, "usr/y"));
      put(root, "etc/c");
    },
    words: ["fix", "foo"],
  },
  {
    what: "a package of size 0 is recorded and nothing else",
    before: [one("base", [file("z")])],
    after: [
      one("base", [file("z")]),
      {
        ...one("meta", [file("never")], { installedSizeBytes: 0, triggers: ["/x"] }),
        scripts: { "post-install": "x" },
      },
    ],
    words: ["add", "meta"],
    world: ["base", "meta"],
  },
];

test("a root that we change is the root that apk 2.14 makes of its copy", { skip: noRealClient }, async (t) => {
  const { folder, store } = await openBench(t);
  const client = openRealClient(folder);
  const key = await makeKey(folder);
  await makeRepository(folder, "later", key, [one("later", [file("opt/later"), file("etc/later")])]);
  for (const [index, scenario] of scenarios.entries()) {
    await t.test(scenario.what, async () => {
      const [start, next] = [`s${String(index)}a`, `s${String(index)}b`];
      await makeRepository(folder, start, key, scenario.before);
      await makeRepository(folder, next, key, scenario.after);
      const names = scenario.before.map(({ name }) => name);
      const { theirs, ours } = makeTwins(client, folder, start, names, scenario.edit);
      const run = client(theirs, "--no-scripts", "-X", `/srv/${next}`, ...scenario.words);
      assert.equal(run.status, 0, `${run.stdout}${run.stderr}`);
      await changeAsThey({ store, folder, repository: next }, ours, run.stdout, {
        world: scenario.world ?? names,
        purge: scenario.words.includes("--purge"),
      });
      assert.deepEqual(factsOf(ours), factsOf(theirs));
      const audit = client(ours, "audit", "--system");
      assert.equal(`${audit.stdout}${audit.stderr}`, scenario.audit ?? "");
      for (const root of [theirs, ours]) {
        const more = client(root, "--no-scripts", "-X", "/srv/later", "add", "later");
        assert.equal(more.status, 0, `${more.stdout}${more.stderr}`);
      }
      assert.deepEqual(factsOf(ours), factsOf(theirs), "the client goes on with our root as with its own");
    });
  }
});
