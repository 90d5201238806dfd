import assert from "node:assert/strict";
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { loadSigningKey } from "@apkmill/apk";
import { defaultLimits, digestOf, hexOf, openStore, type Digest } from "@apkmill/core";
import { isIndex, openLayout, type Descriptor } from "@apkmill/oci";
import type { BuildImageOptions } from "./build-options.ts";
import { formatLock } from "./lock-file.ts";
import { lockImage } from "./lock-image.ts";
import { openBench } from "./testing/bench.ts";
import {
  directory,
  file,
  makeRepository,
  writeIndex,
  type TestPackage,
  type TestRepository,
} from "./testing/repository.ts";
import { verifyBuild, type VerifiedBuild } from "./verify-build.ts";

const packages: TestPackage[] = [
  { name: "base", items: [file("etc/os-release", "ID=mill\n"), directory("lib", { mtime: 1_600_000_001 })] },
  {
    name: "lib",
    control: { provides: ["so:lib=1"] },
    items: [file("lib/lib.so"), directory("lib", { mtime: 1_600_000_002 })],
  },
  { name: "app", control: { depends: ["base", "so:lib"] }, items: [file("usr/bin/app", "x".repeat(40_000))] },
  { name: "tool", items: [file("usr/bin/tool")] },
];

/** An index, a manifest or a descriptor. */
interface Annotated {
  readonly annotations: Record<string, string>;
  readonly manifests?: readonly Descriptor[];
  readonly layers?: readonly Annotated[];
}

/** A copy of a layout of one platform with another index and manifest, sound by all digests. */
async function changedCopy(layout: string, change: (index: Annotated, manifest: Annotated) => void): Promise<string> {
  const copy = await mkdtemp(`${layout}-`);
  await cp(layout, copy, { recursive: true });
  const { top, platforms } = await openLayout(copy, defaultLimits);
  const blobOf = (digest: Digest): string => join(copy, "blobs/sha256", hexOf(digest));
  const read = async (digest: Digest): Promise<Annotated> =>
    JSON.parse(await readFile(blobOf(digest), "utf8")) as Annotated;
  const put = async (value: unknown): Promise<Pick<Descriptor, "digest" | "size">> => {
    const text = JSON.stringify(value);
    await writeFile(blobOf(digestOf(text)), text);
    return { digest: digestOf(text), size: Buffer.byteLength(text) };
  };
  const [index, manifest] = [await read(top.digest), await read(platforms[0]?.descriptor.digest ?? top.digest)];
  change(index, manifest);
  const manifests = [{ ...index.manifests?.[0], ...(await put(manifest)) }];
  const named = [{ mediaType: top.mediaType, ...(await put({ ...index, manifests })) }];
  await writeFile(join(copy, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: named }));
  return copy;
}

describe("verifying a build", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;
  let config: string;

  before(async () => {
    bench = await openBench();
    repository = await makeRepository(bench.folder, packages, ["x86_64", "aarch64"]);
    config = await write("apko.yaml", "packages: [app]");
  });
  after(() => bench.close());

  async function write(name: string, contents: string, more = ""): Promise<string> {
    const path = join(bench.folder, name);
    const { path: folder, key } = repository;
    await writeFile(path, `contents: {repositories: ["${folder}"], keyring: ["${key}"], ${contents}}\n${more}\n`);
    return path;
  }

  const build = async (options: Partial<BuildImageOptions> = {}): Promise<string> =>
    (await bench.build("", { configPath: config, archs: ["x86_64", "aarch64"], ...options })).layout;

  /** On another machine: with an empty store. */
  async function verify(layout: string, options: Partial<BuildImageOptions> = {}): Promise<VerifiedBuild> {
    const path = join(bench.folder, "other-store");
    await rm(path, { recursive: true, force: true });
    const ports = { ...bench.ports, store: await openStore(path), env: { SOURCE_DATE_EPOCH: "77" } };
    return verifyBuild(ports, layout, { configPath: config, ...options });
  }

  const told = ({ differences }: VerifiedBuild): string[] => [
    ...new Set(differences.map(({ what, name }) => `${what} ${name}`)),
  ];

  const ways: readonly (readonly [what: string, options: Partial<BuildImageOptions>])[] = [
    ["by default", {}],
    ["for one architecture", { archs: ["arm64"] }],
    ["at a given time", { buildDate: 1_650_000_000 }],
    ["in one layer", { layering: "single" }],
    ["by origin", { layering: "origin" }],
    ["with zstd", { compression: "zstd" }],
  ];
  for (const [what, options] of ways) {
    test(`an image that was built ${what} is equal, without being told how`, async () => {
      const verified = await verify(await build(options));
      assert.deepEqual([verified.equal, told(verified)], [true, []]);
      assert.equal(verified.rebuilt, verified.digest);
    });
  }

  test("a layout that names the manifest of one platform is compared by that manifest", async () => {
    const layout = await build();
    const { top, platforms } = await openLayout(layout, bench.ports.limits);
    const [, arm] = platforms;
    assert.ok(arm !== undefined && isIndex(top));
    const { platform, ...manifest } = arm.descriptor;
    await writeFile(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
    const verified = await verify(layout);
    assert.deepEqual([platform?.architecture, told(verified)], ["arm64", []]);
    assert.deepEqual([verified.digest, verified.rebuilt], [manifest.digest, manifest.digest]);
  });

  test("what was given beside the configuration has to be given again", async () => {
    const options = { packages: ["tool"], annotations: { "org.example.more": "1" } };
    const layout = await build(options);
    assert.equal((await verify(layout, options)).equal, true);
    const verified = await verify(layout, { annotations: options.annotations });
    assert.equal(verified.equal, false);
    assert.ok(told(verified).includes("package tool"), told(verified).join(", "));
    const unlabelled = told(await verify(layout, { packages: ["tool"] }));
    assert.deepEqual(unlabelled, ["config config.Labels.org.example.more", "annotation org.example.more"]);
  });

  test("a lock says what the packages are, in the repository or not", async () => {
    const lockfile = join(bench.folder, "apko.lock.json");
    const request = { configPath: config, archs: ["x86_64", "aarch64"] };
    await writeFile(lockfile, formatLock(await lockImage(bench.ports, request)));
    assert.equal((await verify(await build(), { lockfile })).equal, true);
  });

  test("another configuration gives differences in its fields and files", async () => {
    const other = await write("other.yaml", "packages: [app]", "cmd: run\npaths: [{path: /etc/more, type: directory}]");
    const verified = await verify(await build(), { configPath: other });
    assert.equal(verified.equal, false);
    assert.notEqual(verified.rebuilt, verified.digest);
    assert.ok(
      ["config config.Cmd", "file etc/more"].every((one) => told(verified).includes(one)),
      told(verified).join(", "),
    );
    assert.ok(verified.differences.every(({ platform }) => platform !== undefined));
  });

  test("an annotation that somebody added to the index or to a layer is named", async () => {
    const layout = await build({ archs: ["x86_64"] });
    const changed = async (change: (index: Annotated, manifest: Annotated) => void): Promise<string[]> =>
      told(await verify(await changedCopy(layout, change), { archs: ["x86_64"] }));
    const inIndex = await changed(({ annotations }) => {
      annotations["more"] = "1";
    });
    const inLayer = await changed((_, { layers: [layer] = [] }) => {
      if (layer !== undefined) layer.annotations["more"] = "1";
    });
    assert.deepEqual([inIndex, inLayer], [["annotation more"], ["layer 0"]]);
  });

  test("newer packages in the repository change nothing while the old ones are there", async () => {
    const folder = join(bench.folder, "moving");
    const moving = await makeRepository(folder, packages);
    const path = join(folder, "apko.yaml");
    await writeFile(
      path,
      `contents: {repositories: ["${moving.path}"], keyring: ["${moving.key}"], packages: [app]}\n`,
    );
    const request = { configPath: path, archs: ["x86_64"] };
    const layout = await build(request);

    const next = {
      name: "lib",
      version: "2-r0",
      control: { provides: ["so:lib=1"] },
      items: [file("lib/lib.so", "2")],
    };
    const newer = await makeRepository(join(bench.folder, "newer"), [next]);
    await copyFile(join(newer.path, "x86_64/lib-2-r0.apk"), join(moving.path, "x86_64/lib-2-r0.apk"));
    const key = await loadSigningKey(join(folder, "test.rsa"));
    const index = (...names: string[]): Promise<void> =>
      writeIndex(
        moving.path,
        names.map((name) => join(moving.path, "x86_64", `${name}.apk`)),
        key,
      );
    await index("base-1-r0", "lib-1-r0", "lib-2-r0", "app-1-r0", "tool-1-r0");
    assert.deepEqual(told(await verify(layout, request)), []);

    await index("base-1-r0", "lib-2-r0", "app-1-r0", "tool-1-r0");
    const verified = await verify(layout, request);
    assert.deepEqual([verified.equal, verified.rebuilt, told(verified)], [false, undefined, ["package lib"]]);
  });
});
