import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { digestOf, hexOf, pathExists } from "@apkmill/core";
import { parseSpdx } from "@apkmill/sbom";
import { inspectImage } from "./inspect-image.ts";
import { buildMinirootfs, type BuiltMinirootfs, type MinirootfsOptions } from "./minirootfs.ts";
import { openBench, withCode, type Bench } from "./testing/bench.ts";
import { directory, file, hardlink, makeRepository, symlink } from "./testing/repository.ts";
import { hasTool, rootOf, runTool } from "./testing/unpacked.ts";

describe("a root file system as a tar", () => {
  let bench: Bench & { close(): Promise<void> };
  let config: string;

  before(async () => {
    bench = await openBench();
    const { path, key } = await makeRepository(bench.folder, [
      {
        name: "app",
        items: [
          directory("srv", { mode: 0o1777, uid: 7 }),
          file("usr/bin/app", Buffer.alloc(30_000, 1), { mode: 0o4755 }),
          hardlink("usr/bin/again", "usr/bin/app"),
          symlink("usr/bin/link", "app"),
        ],
      },
    ]);
    config = join(bench.folder, "root.apko.yaml");
    const text = `contents: {repositories: [${path}], keyring: [${key}], packages: [app]}\naccounts: {users: [{username: me, uid: 9}]}`;
    await writeFile(config, text);
  });
  after(() => bench.close());

  function build(name: string, options: Partial<MinirootfsOptions> = {}): Promise<BuiltMinirootfs> {
    const output = join(bench.folder, name);
    return buildMinirootfs(bench.ports, { configPath: config, arch: "x86_64", output, ...options });
  }

  test("is gzipped where the name says so, and the same bytes otherwise", async () => {
    const [packed, short, plain] = [await build("a.tar.gz"), await build("a.tgz"), await build("a.tar")];
    const bytes = await readFile(packed.path);
    assert.equal(packed.digest, digestOf(bytes));
    assert.equal(packed.sizeBytes, bytes.length);
    assert.deepEqual(packed.packages, ["app=1-r0"]);
    assert.deepEqual(await readFile(short.path), bytes);
    assert.deepEqual(await readFile(plain.path), gunzipSync(bytes));
  });

  const skip = process.getuid?.() === 0 && hasTool("tar") ? false : "needs root and tar";
  test("unpacks to the tree of the image, whatever its layers are", { skip }, async () => {
    const { path } = await build("tree.tar.gz");
    const root = join(bench.folder, "root");
    await mkdir(root);
    runTool("tar", "--numeric-owner", "-xpzf", path, "-C", root);
    const { layout } = await bench.build("", { configPath: config, layering: "package" });
    const [platform] = (await inspectImage(layout, bench.ports.limits, { tree: true })).platforms;
    assert.deepEqual(rootOf(root), platform?.tree);
  });

  test("comes with an SBOM only where one is asked for", async () => {
    const sbomPath = join(bench.folder, "sboms");
    const { sboms } = await build("described.tar", { sbomPath });
    assert.deepEqual(sboms, { spdx: join(sbomPath, "sbom-x86_64.spdx.json") });
    assert.match(await readFile(sboms.spdx, "utf8"), /"app"/);
    assert.ok(!(await pathExists(join(bench.folder, "sbom-x86_64.spdx.json"))));
  });

  for (const name of ["summed.tar", "summed.tar.gz"]) {
    test(`has its own checksum in its SBOM as ${name}, and none of an image`, async () => {
      const sbomPath = join(bench.folder, `sboms-of-${name}`);
      const { digest = assert.fail(), sboms } = await build(name, { sbomPath });
      const document = parseSpdx(await readFile(sboms.spdx ?? assert.fail(), "utf8"));
      const [root, ...others] = document?.packages ?? [];
      assert.deepEqual(root?.checksums, [{ algorithm: "SHA256", checksumValue: hexOf(digest) }]);
      assert.ok(!others.some(({ name: part }) => part.startsWith("sha256:")));
    });
  }

  test("is not written by a dry run", async () => {
    const { path, digest } = await build("dry.tar", { dryRun: true });
    assert.equal(digest, undefined);
    assert.ok(!(await pathExists(path)));
  });

  test("that cannot be written leaves nothing behind", async () => {
    await assert.rejects(build(join("root.apko.yaml", "below.tar")), withCode("FILE_UNWRITABLE"));
  });

  test("of another architecture than the configuration's is built with a warning", async () => {
    const text = await readFile(config, "utf8");
    const other = join(bench.folder, "other.apko.yaml");
    await writeFile(other, `${text}\narchs: [aarch64]\n`);
    await build("other.tar", { configPath: other });
    assert.ok(bench.lines.some((line) => line.includes("the root is built for x86_64")));
  });
});
