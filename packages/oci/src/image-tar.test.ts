import assert from "node:assert/strict";
import { mkdtemp, open as openFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from "@apkmill/archive";
import { defaultLimits, digestOf, hexOf, isEngineError, type Digest, type Limits } from "@apkmill/core";
import { openImageTar } from "./image-tar.ts";
import type { OpenedImage } from "./opened-image.ts";
import { mediaTypes, type Descriptor } from "./values.ts";

type Member = Partial<TarEntry> & { readonly path: string; readonly content?: Buffer | string };

const plain = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  mtime: 0,
  linkPath: "",
  xattrs: new Map(),
  pax: new Map(),
};

function tarOf(members: readonly Member[], end = tarEnd): Buffer {
  return Buffer.concat([
    ...members.flatMap(({ content = "", ...entry }) => {
      const bytes = Buffer.from(content);
      return [
        encodeTarHeader({ ...plain, type: "file", sizeBytes: bytes.length, ...entry }),
        bytes,
        tarPadding(bytes.length),
      ];
    }),
    end,
  ]);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const layer = Buffer.from("the bytes of a layer, which nobody unpacks here");
const layerId = digestOf(layer);

function configOf(architecture: string, layers: readonly Digest[] = [layerId]): Buffer {
  return json({ architecture, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: layers } });
}

function described(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function manifestOf(config: Buffer): Buffer {
  return json({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: described(mediaTypes.config, config),
    layers: [described(mediaTypes.layer, layer)],
  });
}

const blob = (bytes: Buffer): Member => ({ path: `blobs/sha256/${hexOf(digestOf(bytes))}`, content: bytes });
const indexOf = (manifests: readonly unknown[]): Buffer =>
  json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
const version: Member = { path: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' };

const config = configOf("amd64");
const manifest = manifestOf(config);
const platform = { architecture: "amd64", os: "linux" };
const layout: readonly Member[] = [
  { path: "blobs/", type: "directory" },
  blob(layer),
  blob(config),
  blob(manifest),
  { path: "index.json", content: indexOf([described(mediaTypes.manifest, manifest)]) },
  version,
];

const configName = `${hexOf(digestOf(config))}.json`;
const dockerManifest = (value: unknown): Member => ({ path: "manifest.json", content: json(value) });
const dockerArchive: readonly Member[] = [
  { path: `${hexOf(layerId)}.tar`, content: layer },
  { path: configName, content: config },
  dockerManifest([{ Config: configName, RepoTags: ["app:1"], Layers: [`${hexOf(layerId)}.tar`] }]),
];

describe("a tar of an image", () => {
  let folder: string;
  let count = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "apkmill-tar-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function open(bytes: Buffer, limits: Partial<Limits> = {}): Promise<OpenedImage> {
    const path = join(folder, `${String((count += 1))}.tar`);
    await writeFile(path, bytes);
    return openImageTar(path, { ...defaultLimits, ...limits });
  }

  async function contentOf(image: OpenedImage): Promise<string[]> {
    const layers = image.platforms.flatMap((one) => one.manifest.layers);
    return Promise.all(
      layers.map(async (descriptor) => Buffer.concat(await Array.fromAsync(image.open(descriptor))).toString()),
    );
  }

  test("is an OCI layout", async () => {
    const image = await open(tarOf(layout));
    assert.equal(image.top.digest, digestOf(manifest));
    assert.deepEqual(image.platforms[0]?.platform, platform);
    assert.deepEqual(await contentOf(image), [layer.toString()]);
  });

  test("has names with ./ before them, and needs no blocks of zeros at its end", async () => {
    const dotted = layout.map((member) => ({ ...member, path: `./${member.path}` }));
    assert.deepEqual(await contentOf(await open(tarOf(dotted, Buffer.alloc(0)))), [layer.toString()]);
  });

  test("is a docker archive without any manifest, known by its configuration", async () => {
    const image = await open(tarOf(dockerArchive));
    assert.equal(image.top.digest, digestOf(config));
    assert.equal(image.refName, "app:1");
    assert.equal(image.platforms[0]?.manifest.layers[0]?.mediaType, mediaTypes.layer);
    assert.deepEqual(await contentOf(image), [layer.toString()]);
  });

  test("is a docker archive whose layer is a link to one that was written before", async () => {
    const [first, ...others] = dockerArchive;
    const linked = { path: `${hexOf(layerId)}.tar`, type: "symlink" as const, linkPath: "../stored/layer.tar" };
    const moved = { ...first, path: "stored/layer.tar" };
    const inFolder = dockerManifest([{ Config: configName, RepoTags: null, Layers: ["abc/layer.tar"] }]);
    const members = [moved, others[0] ?? assert.fail(), { ...linked, path: "abc/layer.tar" }, inFolder];
    assert.deepEqual(await contentOf(await open(tarOf(members))), [layer.toString()]);
  });

  test("is apko's, whose index is the image's own and whose blobs have their digests for names", async () => {
    const arm = configOf("arm64");
    const armManifest = manifestOf(arm);
    const index = indexOf([
      { ...described(mediaTypes.manifest, manifest), platform },
      { ...described(mediaTypes.manifest, armManifest), platform: { architecture: "arm64", os: "linux" } },
    ]);
    const named = (bytes: Buffer): Member => ({ path: digestOf(bytes), content: bytes });
    const packed: Member = { path: `${hexOf(layerId)}.tar.gz`, content: layer };
    const members = [named(config), named(arm), packed, dockerManifest([]), named(manifest), named(armManifest)];
    const image = await open(tarOf([...members, { path: "index.json", content: index }]));
    assert.equal(image.top.digest, digestOf(index));
    assert.deepEqual(
      image.platforms.map((one) => one.platform.architecture),
      ["amd64", "arm64"],
    );
    assert.deepEqual(await contentOf(image), [layer.toString(), layer.toString()]);
    assert.deepEqual(Buffer.concat(await Array.fromAsync(image.open(image.top))), index);
  });

  test("passes over BuildKit's notes about an image", async () => {
    const note = {
      ...described(mediaTypes.manifest, Buffer.from("{}")),
      platform: { architecture: "unknown", os: "unknown" },
    };
    const nested = indexOf([{ ...described(mediaTypes.manifest, manifest), platform }, note]);
    const outer = { path: "index.json", content: indexOf([described(mediaTypes.index, nested)]) };
    const members = layout.filter(({ path }) => path !== "index.json");
    assert.equal((await open(tarOf([...members, blob(nested), outer]))).platforms.length, 1);
  });

  const twoImages = indexOf([described(mediaTypes.manifest, manifest), described(mediaTypes.manifest, manifest)]);
  const without = (name: string): readonly Member[] => layout.filter(({ path }) => path !== name);
  const link = { path: "x", linkPath: "index.json" };
  const archive = ([Config, ...Layers]: readonly string[]): readonly Member[] => [
    ...dockerArchive.slice(0, 2),
    dockerManifest([{ Config, RepoTags: [], Layers }]),
  ];
  const hostile: readonly [what: string, code: string, bytes: Buffer, limits?: Partial<Limits>][] = [
    ["nothing", "LAYOUT_MALFORMED", Buffer.alloc(0)],
    ["no tar", "ARCHIVE_TAR_CHECKSUM", Buffer.alloc(2048, "no tar at all ")],
    ["gzip around it", "LAYOUT_MALFORMED", gzipSync(tarOf(layout))],
    ["a tar without an image", "LAYOUT_MALFORMED", tarOf([{ path: "readme", content: "hello" }])],
    ["a name that goes up", "LAYOUT_MALFORMED", tarOf([...layout, { path: "../x" }])],
    ["a name that goes up in its middle", "LAYOUT_MALFORMED", tarOf([...layout, { path: "a/../../x" }])],
    ["an absolute name", "LAYOUT_MALFORMED", tarOf([...layout, { path: "/etc/passwd" }])],
    [
      "a link with a name that goes up",
      "LAYOUT_MALFORMED",
      tarOf([...layout, { ...link, path: "../x", type: "symlink" }]),
    ],
    ["a member twice", "LAYOUT_MALFORMED", tarOf([...layout, blob(config)])],
    ["a member twice, once with ./", "LAYOUT_MALFORMED", tarOf([...layout, { ...version, path: "./oci-layout" }])],
    [
      "a file and a link of one name",
      "LAYOUT_MALFORMED",
      tarOf([...layout, { ...link, path: "oci-layout", type: "symlink" }]),
    ],
    [
      "a device",
      "LAYOUT_MALFORMED",
      tarOf([...layout, { path: "null", type: "character", device: { major: 1, minor: 3 } }]),
    ],
    ["a fifo", "LAYOUT_MALFORMED", tarOf([...layout, { path: "pipe", type: "fifo" }])],
    ["a blob that is cut short", "LAYOUT_MALFORMED", tarOf(layout).subarray(0, 600)],
    ["a size beyond its end", "LAYOUT_MALFORMED", tarOf([{ path: "x", sizeBytes: 1 << 30 }], Buffer.alloc(0))],
    ["a header that is cut short", "LAYOUT_MALFORMED", tarOf(layout, Buffer.alloc(100, 1))],
    ["more entries than allowed", "LIMIT_EXCEEDED", tarOf(layout), { entries: 3 }],
    ["longer names than allowed", "LIMIT_EXCEEDED", tarOf(layout), { headerBytes: 100 }],
    ["a huge index", "LIMIT_EXCEEDED", tarOf(layout), { manifestBytes: 100 }],
    ["a huge manifest.json", "LIMIT_EXCEEDED", tarOf(dockerArchive), { manifestBytes: 100 }],
    [
      "several images without platforms",
      "LAYOUT_MALFORMED",
      tarOf([...without("index.json"), { path: "index.json", content: twoImages }]),
    ],
    [
      "an index of nothing",
      "LAYOUT_MALFORMED",
      tarOf([...without("index.json"), { path: "index.json", content: indexOf([]) }]),
    ],
    [
      "an index that is none",
      "LAYOUT_MALFORMED",
      tarOf([...without("index.json"), { path: "index.json", content: "[]" }]),
    ],
    [
      "another version of layouts",
      "LAYOUT_MALFORMED",
      tarOf([...without("oci-layout"), { path: "oci-layout", content: "{}" }]),
    ],
    ["a manifest that is not there", "LAYOUT_MALFORMED", tarOf(without(blob(manifest).path))],
    [
      "another manifest than the index names",
      "LAYOUT_CONTENT",
      tarOf([...without(blob(manifest).path), { ...blob(manifest), content: config }]),
    ],
    [
      "another layer than the manifest names",
      "LAYOUT_CONTENT",
      tarOf([...without(blob(layer).path), { ...blob(layer), content: "other" }]),
    ],
    ["an archive of nothing", "LAYOUT_MALFORMED", tarOf([dockerManifest([])])],
    [
      "an archive of two images",
      "LAYOUT_MALFORMED",
      tarOf([
        dockerManifest([
          { Config: "a", Layers: [] },
          { Config: "b", Layers: [] },
        ]),
      ]),
    ],
    [
      "an index of one image and a manifest.json of another",
      "LAYOUT_MALFORMED",
      tarOf([
        ...layout,
        { path: "other.json", content: configOf("arm64") },
        dockerManifest([{ Config: "other.json", Layers: [] }]),
      ]),
    ],
    ["a manifest.json that is none", "LAYOUT_MALFORMED", tarOf([dockerManifest({ Config: 1 })])],
    ["an archive whose configuration is not there", "LAYOUT_MALFORMED", tarOf(archive(["nowhere.json"]))],
    ["an archive whose configuration is elsewhere", "LAYOUT_MALFORMED", tarOf(archive(["../../etc/passwd"]))],
    [
      "an archive with a configuration under another's digest",
      "LAYOUT_MALFORMED",
      tarOf([
        { path: `${"0".repeat(64)}.json`, content: config },
        ...archive([`${"0".repeat(64)}.json`, `${hexOf(layerId)}.tar`]).slice(2),
      ]),
    ],
    ["an archive without a layer", "LAYOUT_MALFORMED", tarOf(archive([configName]))],
    ["an archive whose layer is not there", "LAYOUT_MALFORMED", tarOf(archive([configName, "nowhere.tar"]))],
    ["an archive with another layer", "LAYOUT_CONTENT", tarOf(archive([configName, configName]))],
    [
      "an archive whose layer is a link out of it",
      "LAYOUT_MALFORMED",
      tarOf([...archive([configName, "l.tar"]), { path: "l.tar", type: "symlink", linkPath: "/etc/passwd" }]),
    ],
    [
      "an archive whose layer is a link to a link",
      "LAYOUT_MALFORMED",
      tarOf([
        ...archive([configName, "l.tar"]),
        { path: "l.tar", type: "symlink", linkPath: "m.tar" },
        { path: "m.tar", type: "symlink", linkPath: configName },
      ]),
    ],
  ];
  for (const [what, code, bytes, limits] of hostile) {
    test(`with ${what} is refused`, async () => {
      await assert.rejects(open(bytes, limits).then(contentOf), (error) => {
        assert.equal(isEngineError(error) ? error.code : String(error), code);
        return true;
      });
    });
  }

  test("with any one byte changed is refused, or says the same", async () => {
    const bytes = tarOf(layout);
    const verdicts = new Set<string>();
    for (let position = 0; position < bytes.length; position += 7) {
      const changed = Buffer.from(bytes);
      changed[position] = (changed[position] ?? 0) ^ (1 << (position % 8));
      const said = await open(changed)
        .then(contentOf)
        .catch((error: unknown) => (isEngineError(error) ? error.code : String(error)));
      verdicts.add(typeof said === "string" ? said : String(said[0] === layer.toString() && said.length === 1));
    }
    const allowed = /^(true|LAYOUT_MALFORMED|LAYOUT_CONTENT|ARCHIVE_\w+|LIMIT_EXCEEDED)$/;
    assert.deepEqual(
      [...verdicts].filter((verdict) => !allowed.test(verdict)),
      [],
    );
  });

  test("is known by its headers: content that nobody asks for is not read", async () => {
    const path = join(folder, "large.tar");
    const sizeBytes = 2 ** 32;
    const file = await openFile(path, "w");
    // A hole: four gigabytes that take no room, and seconds to read.
    await file.write(encodeTarHeader({ ...plain, path: "large", type: "file", sizeBytes }));
    await file.write(tarOf(layout), 0, undefined, 512 + sizeBytes);
    await file.close();
    const started = performance.now();
    assert.equal((await openImageTar(path, defaultLimits)).platforms.length, 1);
    assert.ok(performance.now() - started < 1000);
  });
});
