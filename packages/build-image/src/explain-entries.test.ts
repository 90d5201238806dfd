import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { TarEntry } from "@apkmill/archive";
import { defaultLimits } from "@apkmill/core";
import { readInstalled, stackedTree } from "@apkmill/rootfs";
import { explainEntries } from "./explain-entries.ts";
import { device, directory, file, symlink, type Item } from "./testing/repository.ts";

const sum = (text: string): string => `Z:Q1${createHash("sha1").update(text).digest("base64")}`;

/** What a package of these entries says in the database, and what then is explained where `items` stand. */
function changesOf(lines: readonly string[], items: readonly Item[]): Record<string, string> {
  const record = ["C:Q1Ks8Hhb8cBMDMXXDkVEZUCNqzEU8=", "P:p", "V:1-r0", "A:x86_64", "S:1", "I:1", "T:", "U:", "L:"];
  const entries = items.map(({ entry, content = Buffer.alloc(0) }) => {
    const hashOf = (name: string): string => createHash(name).update(content).digest("hex");
    return { ...entry, sha1: hashOf("sha1"), sha256: hashOf("sha256") };
  });
  const generated = explainEntries({
    tree: stackedTree([entries]),
    layers: [entries],
    baseLayers: 0,
    installed: readInstalled([...record, ...lines, "", ""].join("\n"), { limits: defaultLimits }),
    world: [],
    passwd: "",
    resolve: (path) => path,
  });
  return Object.fromEntries(generated.map(({ path, reason }) => [path, reason]));
}

const fifo = (path: string): Item => ({ entry: { ...device(path, 0, 0).entry, type: "fifo" } });
const content = "changed: other content than that of p-1-r0";
const owner = "changed: other owner or mode than p-1-r0 has";

const lines = ["F:a", "R:device", "R:fifo", "R:file", sum("text"), "R:link", "a:0:0:777", sum("file")];
const standing: readonly Item[] = [
  directory("a"),
  device("a/device", 1, 3),
  fifo("a/fifo"),
  file("a/file", "text"),
  symlink("a/link", "file"),
];

test("what stands as its package has it is not named, whatever it is", () => {
  assert.deepEqual(changesOf(lines, standing), {});
});

for (const [what, changed] of [
  ["a file for a fifo", file("a/fifo", "text")],
  ["an empty file for a fifo", file("a/fifo", "")],
  ["a link for a fifo", symlink("a/fifo", "file")],
  ["a directory for a device", directory("a/device")],
  ["a file for a directory", file("a", "text")],
  ["a device for a file", device("a/file", 1, 3)],
  ["a link for a file", symlink("a/file", "text2")],
  ["a file for a link", file("a/link", "text")],
  ["a link to elsewhere", symlink("a/link", "device")],
] as const) {
  test(`${what} of a package is named`, () => {
    const { path } = changed.entry;
    const rest = standing.filter(({ entry }) => entry.path !== path && !entry.path.startsWith(`${path}/`));
    assert.deepEqual(changesOf(lines, [...rest, changed]), { [path]: content });
  });
}

test("a directory is named for any bit that neither its package nor apk gives it", () => {
  const of = (listed: string, mode: TarEntry["mode"]): Record<string, string> =>
    changesOf(["F:a", `M:0:0:${listed}`], [directory("a", { mode })]);
  assert.deepEqual(of("700", 0o2700), { a: owner });
  assert.deepEqual(of("1777", 0o777), { a: owner });
  assert.deepEqual(of("2755", 0o4755), { a: owner });
  // apk makes a directory without these bits, and gives it all of them when it changes one that stands.
  assert.deepEqual([of("2755", 0o755), of("2755", 0o2755), of("1777", 0o1777)], [{}, {}, {}]);
});
