import assert from "node:assert/strict";
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits, hexOf, isEngineError } from "@apkmill/core";
import { blobsOf } from "./image.ts";
import { readLayout } from "./layout.ts";
import { writeSyntheticLayout, type SyntheticImage } from "./testing/synthetic-layout.ts";

let directory = "";
let image: SyntheticImage;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "apkmill-layout-"));
  image = await writeSyntheticLayout(directory, "layout");
});
after(() => rm(directory, { recursive: true, force: true }));

async function copyOf(change: (layout: string) => Promise<void>): Promise<string> {
  const layout = join(await mkdtemp(join(directory, "copy-")), "layout");
  await cp(image.layout, layout, { recursive: true });
  await change(layout);
  return layout;
}

const blobPath = (layout: string, digest: string): string => join(layout, "blobs", "sha256", digest.slice(7));
const read = (layout: string): ReturnType<typeof readLayout> => readLayout({ limits: defaultLimits }, layout);

describe("a layout", () => {
  test("gives its index, its platforms and their blobs, each blob once", async () => {
    const found = await read(image.layout);
    assert.equal(found.index.descriptor.digest, image.digest);
    assert.deepEqual(
      Object.fromEntries(found.platforms.map(({ platform, descriptor }) => [platform, descriptor.digest])),
      image.platforms,
    );
    const digests = blobsOf(found).map(({ digest }) => digest);
    assert.equal(digests.length, 5);
    for (const { digest, size } of blobsOf(found)) {
      const source = found.blob(digest);
      assert.equal(source.sizeBytes, size);
      assert.equal(hexOf(source.digest), hexOf(digest));
    }
  });

  const broken: readonly [string, string, (layout: string) => Promise<void>][] = [
    ["a changed index", "LAYOUT_CONTENT", (layout) => appendFile(blobPath(layout, image.digest), " ")],
    [
      "a changed manifest",
      "LAYOUT_CONTENT",
      (layout) => appendFile(blobPath(layout, image.platforms["linux/arm64"]), " "),
    ],
    ["a missing manifest", "FILE_UNREADABLE", (layout) => rm(blobPath(layout, image.platforms["linux/amd64"]))],
    ["no index.json", "FILE_UNREADABLE", (layout) => rm(join(layout, "index.json"))],
    ["an index.json that is none", "LAYOUT_MALFORMED", (layout) => writeFile(join(layout, "index.json"), "[]")],
    [
      "two images",
      "LAYOUT_MALFORMED",
      async (layout) => {
        const top = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as { manifests: unknown[] };
        await writeFile(
          join(layout, "index.json"),
          JSON.stringify({ ...top, manifests: [...top.manifests, ...top.manifests] }),
        );
      },
    ],
  ];
  for (const [what, code, change] of broken) {
    test(`with ${what} is refused`, async () => {
      const layout = await copyOf(change);
      await assert.rejects(read(layout), (error: unknown) => isEngineError(error) && error.code === code);
    });
  }
});
