import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { directory, file, packageOf, symlink } from "../testing/build-package.ts";

import { planOf } from "../testing/plan-of.ts";
import { rootOf } from "../testing/root-of.ts";
import { loaderDirectories } from "./loader-directories.ts";
import { matchPaths } from "./match-paths.ts";

/** The directories of a root with these settings; every directory that they name is there. */
async function directoriesOf(texts: Readonly<Record<string, string>>, more: readonly string[] = []): Promise<string[]> {
  const folders = ["opt/a", "opt/b", "opt/c", "lib", "usr/lib", ...more];
  const entries = [...folders.map((path) => directory(path)), ...Object.keys(texts).map((path) => file(path))];
  const root = rootOf(
    planOf([packageOf("a", [...entries, symlink("opt/link", "/opt/a")])]).entries,
    (path) => texts[path],
  );
  const found = await loaderDirectories(root, defaultLimits);
  return found.map(({ path, processors }) => `${path}${processors === undefined ? "" : ` for ${processors}`}`);
}

const settings = "etc/ld.so.conf";
const standard = ["/lib", "/usr/lib"];

describe("directories of libraries", () => {
  /** The settings, and the directories in order before the standard ones. */
  const rows: readonly [string, Record<string, string>, string[]][] = [
    ["none", { [settings]: "" }, []],
    ["one on each line", { [settings]: "/opt/b\n\n  /opt/a \n" }, ["/opt/b", "/opt/a"]],
    ["comments", { [settings]: "# /opt/a\n/opt/b # of ours\n" }, ["/opt/b"]],
    ["one that is twice there", { [settings]: "/opt/a\n/opt/link\n/opt/a/\n" }, ["/opt/a"]],
    ["one that is missing", { [settings]: "/nowhere\n/opt/a\n" }, ["/opt/a"]],
    ["a relative one", { [settings]: "opt/a\n" }, []],
    ["old suffixes", { [settings]: "/opt/a=libc6\nhwcap 0 nosegneg\n" }, ["/opt/a"]],
    [
      "an include with what follows it",
      { [settings]: "include /etc/more.conf\n/opt/b\n", "etc/more.conf": "/opt/a\n" },
      ["/opt/a", "/opt/b"],
    ],
    [
      "a pattern, by the names of the files",
      {
        [settings]: "/opt/c\ninclude ld.so.conf.d/*.conf\n",
        "etc/ld.so.conf.d/2.conf": "/opt/a",
        "etc/ld.so.conf.d/10.conf": "/opt/b",
        "etc/ld.so.conf.d/.hidden.conf": "/usr",
        "etc/ld.so.conf.d/other.txt": "/usr",
      },
      ["/opt/c", "/opt/b", "/opt/a"],
    ],
    [
      "two patterns on a line",
      { [settings]: "include /etc/x.conf\t/etc/y.*\n", "etc/x.conf": "/opt/a", "etc/y.conf": "/opt/b" },
      ["/opt/a", "/opt/b"],
    ],
    [
      "files that include each other",
      { [settings]: "include /etc/x.conf\n", "etc/x.conf": "include /etc/*.conf\n/opt/a" },
      ["/opt/a"],
    ],
  ];
  for (const [what, texts, expected] of rows) {
    test(`are those of settings with ${what}`, async () => {
      assert.deepEqual(await directoriesOf(texts), [...expected, ...standard]);
    });
  }

  test("are followed by those for some processors", async () => {
    const found = await directoriesOf({ [settings]: "/opt/a" }, [
      "opt/a/glibc-hwcaps/x86-64-v3",
      "opt/a/glibc-hwcaps/x86-64-v2",
    ]);
    const place = "/opt/a/glibc-hwcaps";
    const special = [`${place}/x86-64-v2 for x86-64-v2`, `${place}/x86-64-v3 for x86-64-v3`];
    assert.deepEqual(found, ["/opt/a", ...special, ...standard]);
  });
});

describe("a pattern of paths", () => {
  const names = ["a", "b", "ab", "b1", "b-", "x]", "*", ".d"];
  const root = rootOf(
    planOf([
      packageOf(
        "a",
        names.map((name) => file(`opt/${name}`)),
      ),
    ]).entries,
    () => undefined,
  );
  const rows: readonly [string, string[]][] = [
    ["*", ["*", "a", "ab", "b", "b-", "b1", "x]"]],
    [".*", [".d"]],
    ["?", ["*", "a", "b"]],
    ["b?", ["b-", "b1"]],
    ["[ab]", ["a", "b"]],
    ["[!ab]", ["*"]],
    ["[a-c]*", ["a", "ab", "b", "b-", "b1"]],
    ["b[0-9]", ["b1"]],
    ["b[1-]", ["b-", "b1"]],
    ["x[]]", ["x]"]],
    ["\\*", ["*"]],
    ["*b*", ["ab", "b", "b-", "b1"]],
    ["a", ["a"]],
    ["nothing", []],
  ];
  for (const [pattern, expected] of rows) {
    test(`${pattern} matches ${expected.join(" ")}`, () => {
      assert.deepEqual(
        matchPaths(root, `/opt/${pattern}`),
        expected.map((name) => `opt/${name}`),
      );
    });
  }

  test("of many stars takes no long time", () => {
    const long = "a".repeat(250);
    const one = rootOf(planOf([packageOf("a", [file(`opt/${long}`)])]).entries, () => undefined);
    assert.deepEqual(matchPaths(one, `opt/${"*a".repeat(200)}b`), []);
  });
});
