import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits, digestOf, hexOf, isEngineError, openStore, pathExists, type Store } from "@apkmill/core";
import { openLayout } from "./layout-read.ts";
import { writeLayout, type LayoutBlob, type LayoutContent } from "./layout-write.ts";
import { mediaTypes, type Descriptor } from "./values.ts";

let folder: string;
let store: Store;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "apkmill-layout-"));
  store = await openStore(join(folder, "store"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** An image of one layer, which is in the store, as builds have them. */
async function imageOf(text: string): Promise<LayoutContent & { readonly layer: Descriptor }> {
  const blobs: LayoutBlob[] = [];
  const put = (mediaType: string, value: unknown): Descriptor => {
    const bytes = Buffer.from(JSON.stringify(value));
    blobs.push({ digest: digestOf(bytes), bytes });
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const digest = await store.put(Buffer.from(text));
  blobs.push({ digest, stored: true });
  const layer = { mediaType: mediaTypes.layerGzip, digest, size: Buffer.byteLength(text) };
  const rootfs = { type: "layers", diff_ids: [digestOf("unpacked")] };
  const config = put(mediaTypes.config, { architecture: "arm", variant: "v7", os: "linux", config: {}, rootfs });
  const manifest = put(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: [layer],
  });
  const platform = { architecture: "arm", os: "linux", variant: "v7" };
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [{ ...manifest, platform }] };
  return { top: put(mediaTypes.index, index), refName: "1.0", blobs, layer, files: new Map([["sbom.json", "{}\n"]]) };
}

async function filesOf(directory: string): Promise<string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Everything that a layout says and holds, each blob read to its end. */
async function contentOf(directory: string): Promise<string> {
  const layout = await openLayout(directory, defaultLimits);
  const parts: string[] = [layout.top.digest];
  for (const { descriptor, platform, manifest, config } of layout.platforms) {
    parts.push(descriptor.digest, JSON.stringify([platform, manifest, config]));
    for (const layer of manifest.layers)
      parts.push(Buffer.concat(await Array.fromAsync(layout.open(layer))).toString());
  }
  return parts.join("\n");
}

const codeOf = (error: unknown): string => (isEngineError(error) ? error.code : String(error));

describe("a layout", () => {
  test("is read back as it was written", async () => {
    const image = await imageOf("layer");
    const directory = join(folder, "read-back");
    await writeLayout(store, directory, image);
    const layout = await openLayout(directory, defaultLimits);
    assert.equal(layout.top.digest, image.top.digest);
    assert.equal(layout.refName, "1.0");
    assert.deepEqual(layout.platforms[0]?.platform, { architecture: "arm", os: "linux", variant: "v7" });
    assert.deepEqual(layout.platforms[0].manifest.layers, [image.layer]);
    assert.equal(await readFile(join(directory, "sbom.json"), "utf8"), "{}\n");
  });

  test("holds its blobs and index.json, and nothing that was only in the way", async () => {
    const directory = join(folder, "names");
    await writeLayout(store, directory, await imageOf("layer"));
    const names = (await filesOf(directory)).map((path) => path.slice(directory.length + 1));
    assert.deepEqual(
      names.filter((name) => !name.startsWith("blobs/sha256/")),
      ["index.json", "oci-layout", "sbom.json"],
    );
    assert.equal(names.length, 3 + 4);
  });

  test("has the same bytes whenever it is written", async () => {
    const image = await imageOf("layer");
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    await writeLayout(store, first, image);
    await writeLayout(store, second, { ...image, blobs: image.blobs.toReversed() });
    for (const path of await filesOf(first)) {
      assert.deepEqual(await readFile(path), await readFile(second + path.slice(first.length)));
    }
  });

  test("takes the place of an earlier one, whole", async () => {
    const directory = join(folder, "replaced");
    await writeLayout(store, directory, await imageOf("before"));
    const image = await imageOf("after");
    await writeLayout(store, directory, image);
    assert.equal((await openLayout(directory, defaultLimits)).top.digest, image.top.digest);
    assert.equal((await filesOf(directory)).length, 7);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith(".apkmill-")),
      [],
    );
  });

  test("leaves nothing of an earlier one, nor of writers that were killed, and what is not a layout's own", async () => {
    const directory = join(folder, "swept");
    const earlier = { ...(await imageOf("before")), files: new Map([["sbom-arm.spdx.json", "{}\n"]]) };
    await writeLayout(store, directory, earlier);
    for (const name of [".apkmill-index.json.0123456789ab", "blobs/sha256/.apkmill-x.0123456789ab", "notes.txt"])
      await writeFile(join(directory, name), "left");
    const image = await imageOf("after");
    await writeLayout(store, directory, { ...image, files: new Map([["sbom-index.spdx.json", "{}\n"]]) });
    const names = (await filesOf(directory)).map((path) => path.slice(directory.length + 1));
    assert.deepEqual(
      names.filter((name) => !name.startsWith("blobs/")),
      ["index.json", "notes.txt", "oci-layout", "sbom-index.spdx.json"],
    );
    assert.equal(names.length, 4 + image.blobs.length);
  });

  test("that cannot be written whole takes its blobs back, and a new directory with them", async () => {
    const directory = join(folder, "taken-back");
    const missing = { digest: digestOf("nowhere"), stored: true as const };
    const image = await imageOf("first");
    const broken = { ...(await imageOf("second")), blobs: [...(await imageOf("second")).blobs, missing] };
    await assert.rejects(writeLayout(store, directory, broken), (error) => codeOf(error) === "STORE_MISSING");
    assert.equal(await pathExists(directory), false);
    await writeLayout(store, directory, image);
    const before = await filesOf(directory);
    await assert.rejects(writeLayout(store, directory, broken), (error) => codeOf(error) === "STORE_MISSING");
    assert.deepEqual(await filesOf(directory), before);
  });

  test("is no longer written when it is told to stop", async () => {
    const directory = join(folder, "stopped");
    const image = await imageOf("layer");
    await assert.rejects(
      writeLayout(store, directory, image, { signal: AbortSignal.abort() }),
      (error) => codeOf(error) === "CANCELLED",
    );
    assert.equal(await pathExists(directory), false);
  });

  test("leaves the earlier one as it was when a blob is missing", async () => {
    const directory = join(folder, "kept");
    const image = await imageOf("kept");
    await writeLayout(store, directory, image);
    const missing = { digest: digestOf("nowhere"), stored: true as const };
    await assert.rejects(
      writeLayout(store, directory, { ...image, blobs: [...image.blobs, missing] }),
      (error) => codeOf(error) === "STORE_MISSING",
    );
    assert.equal((await openLayout(directory, defaultLimits)).top.digest, image.top.digest);
  });

  test("fills an empty directory, and touches no other", async () => {
    const image = await imageOf("layer");
    const [empty, full] = [join(folder, "empty"), join(folder, "full")];
    await mkdir(empty);
    await mkdir(full);
    await writeFile(join(full, "precious"), "");
    await writeLayout(store, empty, image);
    assert.ok(await pathExists(join(empty, "index.json")));
    await assert.rejects(writeLayout(store, full, image), (error) => codeOf(error) === "LAYOUT_OCCUPIED");
    await assert.rejects(
      writeLayout(store, join(full, "precious"), image),
      (error) => codeOf(error) === "LAYOUT_OCCUPIED",
    );
    assert.deepEqual(await readdir(full), ["precious"]);
  });

  test("with any one byte changed is refused, or says the same", async () => {
    const directory = join(folder, "flipped");
    await writeLayout(store, directory, { ...(await imageOf("a layer of some bytes")), files: new Map() });
    // The layer is a link into the store: a copy keeps the store whole.
    for (const path of await filesOf(directory)) {
      const bytes = await readFile(path);
      await rm(path);
      await writeFile(path, bytes);
    }
    const expected = await contentOf(directory);
    const verdicts = new Map<string, number>();
    for (const path of await filesOf(directory)) {
      const bytes = await readFile(path);
      for (let position = 0; position < bytes.length; position += 1) {
        const changed = Buffer.from(bytes);
        changed[position] = (changed[position] ?? 0) ^ (1 << (position % 7));
        await writeFile(path, changed);
        const verdict = await contentOf(directory).then((content) => content === expected, codeOf);
        assert.notEqual(verdict, false, `${path} at ${String(position)} passes with other content`);
        verdicts.set(String(verdict), (verdicts.get(String(verdict)) ?? 0) + 1);
      }
      await writeFile(path, bytes);
    }
    // Nothing but these: a changed layout is never an internal error.
    const allowed = ["FILE_UNREADABLE", "LAYOUT_CONTENT", "LAYOUT_MALFORMED", "true"];
    assert.deepEqual(
      [...verdicts.keys()].filter((verdict) => !allowed.includes(verdict)),
      [],
    );
  });

  const malformed: readonly [string, string, (directory: string) => Promise<void>][] = [
    ["without oci-layout", "FILE_UNREADABLE", (directory) => rm(join(directory, "oci-layout"))],
    ["of another version", "LAYOUT_MALFORMED", (directory) => writeFile(join(directory, "oci-layout"), "{}")],
    [
      "with no image",
      "LAYOUT_MALFORMED",
      (directory) => writeFile(join(directory, "index.json"), '{"schemaVersion":2,"manifests":[]}'),
    ],
    [
      "with a digest that leads out of it",
      "LAYOUT_MALFORMED",
      async (directory) => {
        const path = join(directory, "index.json");
        const text = await readFile(path, "utf8");
        await writeFile(path, text.replace(/sha256:[0-9a-f]{64}/, `sha256:../../../${"0".repeat(55)}`));
      },
    ],
    [
      "with a layer that is gone",
      "LAYOUT_CONTENT",
      async (directory) => {
        const [platform] = (await openLayout(directory, defaultLimits)).platforms;
        const digest = platform?.manifest.layers[0]?.digest ?? digestOf("");
        await rm(join(directory, "blobs", "sha256", hexOf(digest)));
      },
    ],
  ];
  for (const [index, [what, code, change]] of malformed.entries()) {
    test(`${what} is refused`, async () => {
      const directory = join(folder, `malformed-${String(index)}`);
      await writeLayout(store, directory, await imageOf("layer"));
      await change(directory);
      await assert.rejects(contentOf(directory), (error) => codeOf(error) === code);
    });
  }
});
