import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createTarScanner } from "@apkmill/archive";
import { file, packageOf } from "./testing/build-package.ts";
import { planOf } from "./testing/plan-of.ts";
import { archiveOf } from "./write-specials.ts";

const xattrs = new Map([["user.note", Buffer.from("hi")]]);

test("a file that is replaced once its header is out is archived as it was, which is how tar goes about it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-specials-"));
  t.after(() => rm(folder, { recursive: true }));
  const contents = new Map(["a", "b", "c"].map((path, size) => [path, path.repeat(size * 100_000)]));
  for (const [path, content] of contents) await writeFile(join(folder, path), content);
  const { entries } = planOf([
    packageOf(
      "p",
      Array.from(contents, ([path, content]) => file(path, content, { xattrs })),
    ),
  ]);
  const wanted = entries.filter(({ path }) => contents.has(path));

  const found = new Map<string, string>();
  let path = "";
  const replaced: Promise<void>[] = [];
  const scanner = createTarScanner({
    onEntry: (entry) => {
      path = entry.path;
      found.set(path, "");
      replaced.push(rm(join(folder, path)).then(() => writeFile(join(folder, path), "")));
    },
    onContent: (chunk) => found.set(path, `${found.get(path) ?? ""}${chunk.toString("utf8")}`),
    onEnd: () => undefined,
  });
  for await (const chunk of archiveOf({ folder }, wanted)) {
    scanner.push(chunk);
    await Promise.all(replaced);
  }
  assert.equal(scanner.end(), true);
  assert.deepEqual(found, contents);
});
