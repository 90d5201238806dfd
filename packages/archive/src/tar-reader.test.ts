import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { chunked, collect, entryWith } from "./testing/entries.ts";
import { readTar } from "./tar-reader.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";

const names = ["a", "b", "c"];
const tar = Buffer.concat([
  ...names.flatMap((path) => {
    const content = Buffer.from(path.repeat(1000));
    return [encodeTarHeader(entryWith({ path, sizeBytes: content.length })), content, tarPadding(content.length)];
  }),
  tarEnd,
]);

test("entries come with their content", async () => {
  const read: [string, string][] = [];
  for await (const { entry, content } of readTar(chunked(tar, 333), defaultLimits)) {
    read.push([entry.path, (await collect(content)).toString()]);
  }
  assert.deepEqual(
    read,
    names.map((name) => [name, name.repeat(1000)]),
  );
});

test("content that is not read is skipped, and content read too late is empty", async () => {
  const late: AsyncIterable<Uint8Array>[] = [];
  const read: string[] = [];
  for await (const { entry, content } of readTar(chunked(tar, 700), defaultLimits)) {
    read.push(entry.path);
    for (const earlier of late) assert.equal((await collect(earlier)).length, 0);
    late.push(content);
  }
  assert.deepEqual(read, names);
});

test("a reader that stops early lets go of its source", async () => {
  let released = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunked(tar, 512);
    } finally {
      released = true;
    }
  }
  for await (const item of readTar(source(), defaultLimits)) if (item.entry.path === "a") break;
  assert.equal(released, true);
});
