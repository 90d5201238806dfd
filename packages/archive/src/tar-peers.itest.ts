import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipBytes } from "./gzip.ts";
import { splitGzipMembers } from "./gzip-member.ts";
import { entryWith, scanAll } from "./testing/entries.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";

const hasTar = spawnSync("tar", ["--version"]).status === 0 && spawnSync("gzip", ["--version"]).status === 0;
const skip = hasTar ? false : "needs GNU tar and gzip";

test("GNU tar and gzip read what we write", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "apkmill-tar-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const long = `${"d".repeat(150)}/${"ü".repeat(60)}`;
  const content = Buffer.from("hello\n".repeat(100));
  const tar = Buffer.concat([
    encodeTarHeader(entryWith({ path: "bin", type: "directory" })),
    encodeTarHeader(entryWith({ path: "bin/a", mode: 0o4755, sizeBytes: content.length })),
    content,
    tarPadding(content.length),
    encodeTarHeader(entryWith({ path: long, type: "symlink", linkPath: "x".repeat(120), mode: 0o777 })),
    tarEnd,
  ]);
  const file = join(folder, "a.tar.gz");
  writeFileSync(file, await gzipBytes(tar));
  execFileSync("gzip", ["-t", file]);
  const listing = execFileSync("tar", ["-tvzf", file, "--quoting-style=literal"], {
    encoding: "utf8",
    env: { TZ: "UTC", LC_ALL: "C" },
  });
  assert.deepEqual(
    listing
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/\s+/g, " ")),
    [
      "drwxr-xr-x root/root 0 2023-11-14 22:13 bin",
      "-rwsr-xr-x root/root 600 2023-11-14 22:13 bin/a",
      `lrwxrwxrwx root/root 0 2023-11-14 22:13 ${long} -> ${"x".repeat(120)}`,
    ],
  );
});

test("we read what GNU tar writes in each of its formats", { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "apkmill-tar-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const name = `${"n".repeat(60)}-${"m".repeat(60)}`;
  writeFileSync(join(folder, name), "content");
  for (const format of ["gnu", "pax", "oldgnu"]) {
    const packed = execFileSync("tar", ["-C", folder, `--format=${format}`, "-czf", "-", name]);
    const [member] = splitGzipMembers(packed);
    const { items } = scanAll(member?.content ?? Buffer.alloc(0));
    assert.deepEqual(
      items.map(({ entry, content }) => [entry.path, entry.type, content.toString()]),
      [[name, "file", "content"]],
      format,
    );
  }
});
