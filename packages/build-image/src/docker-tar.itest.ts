import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathExists } from "@apkmill/core";
import { openBench } from "./testing/bench.ts";
import { file, makeRepository, type TestRepository } from "./testing/repository.ts";
import { hasTool, runTool } from "./testing/unpacked.ts";

const skip = hasTool("tar") ? false : "needs tar";

describe("a docker tar", { skip }, () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;

  before(async () => {
    bench = await openBench();
    repository = await makeRepository(
      bench.folder,
      [{ name: "app", items: [file("app")] }],
      ["x86_64", "armv7", "armhf"],
    );
  });
  after(() => bench.close());

  async function build(name: string, tag: string, archs: string[]): Promise<string> {
    const output = join(bench.folder, name);
    const { path, key } = repository;
    await bench.build(`contents: {repositories: [${path}], keyring: [${key}], packages: [app]}`, {
      output,
      tag,
      archs,
    });
    return output;
  }

  const manifestOf = (tar: string): { RepoTags: string[]; Config: string; Layers: string[] }[] =>
    JSON.parse(runTool("tar", "-xOf", tar, "manifest.json")) as {
      RepoTags: string[];
      Config: string;
      Layers: string[];
    }[];

  test("of one architecture has the tag as it was given", async () => {
    const [image, ...others] = manifestOf(await build("one.tar", "acme/app:1", ["amd64"]));
    assert.deepEqual(image?.RepoTags, ["acme/app:1"]);
    assert.equal(others.length, 0);
  });

  test("of several has a suffix for each", async () => {
    const tags = manifestOf(await build("several.tar", "app", ["amd64", "arm/v7", "arm/v6"])).flatMap(
      (one) => one.RepoTags,
    );
    assert.deepEqual(tags, ["app:latest-amd64", "app:latest-armv6", "app:latest-armv7"]);
  });

  test("without a name has none", async () => {
    assert.deepEqual(manifestOf(await build("nameless.tar", "", ["amd64"]))[0]?.RepoTags, []);
  });

  test("holds every blob that it names, once, and is a layout as well", async () => {
    const tar = await build("blobs.tar", "app", ["amd64", "arm/v7"]);
    const names = runTool("tar", "-tf", tar).trim().split("\n");
    assert.equal(new Set(names).size, names.length);
    for (const { Config, Layers } of manifestOf(tar))
      for (const path of [Config, ...Layers]) assert.ok(names.includes(path));
    assert.deepEqual(
      names.filter((name) => !name.startsWith("blobs/")),
      ["index.json", "manifest.json", "oci-layout"],
    );
  });

  test("has the same bytes every time, and its SBOMs beside it", async () => {
    const [first, second] = [await build("first.tar", "app", ["amd64"]), await build("second.tar", "app", ["amd64"])];
    assert.deepEqual(await readFile(first), await readFile(second));
    assert.ok(await pathExists(join(bench.folder, "sbom-x86_64.spdx.json")));
    assert.ok(await pathExists(join(bench.folder, "sbom-index.spdx.json")));
  });
});
