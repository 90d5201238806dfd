import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { readInstalled } from "./read-installed.ts";
import { device, directory, file, hardlink, packageOf, symlink } from "./testing/build-package.ts";
import { planOf, textAt } from "./testing/plan-of.ts";

const database = "lib/apk/db/installed";

test("the database has sums of a v3 package's files as apk 3 writes them, and says so", () => {
  const entries = [
    directory("d"),
    file("d/a", "content"),
    hardlink("d/b", "d/a"),
    symlink("d/c", "target"),
    device("d/e", 1, 3),
  ];
  const v2 = packageOf("old", [directory("o"), file("o/a", "content")]);
  const v3 = { ...packageOf("new", entries, { tags: ["free", "words"] }), format: "v3", apkSizeBytes: 77 } as const;
  const text = textAt(planOf([v2, v3]), database);
  const sum = (hash: string, content: string): string =>
    `Q1${createHash(hash).update(content).digest().toString("base64", 0, 20)}`;
  const [newer, older] = readInstalled(text);
  assert.deepEqual([newer?.flags, newer?.sizeBytes, newer?.tags, older?.flags], ["S", 77, ["free", "words"], ""]);
  assert.deepEqual(
    newer?.directories[0]?.files.map(({ name, checksum }) => [name, checksum]),
    [
      ["a", sum("sha256", "content")],
      ["b", sum("sha256", "content")],
      ["c", sum("sha256", "target")],
      ["e", ""],
    ],
  );
  assert.equal(older?.directories[0]?.files[0]?.checksum, sum("sha1", "content"));
  assert.match(text, /^g:free words\nf:S$/m);
});
