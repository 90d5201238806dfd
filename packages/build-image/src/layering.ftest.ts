import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { inspectImage, type InspectedPlatform } from "./inspect-image.ts";
import { openBench } from "./testing/bench.ts";
import { file, makeRepository, type TestPackage } from "./testing/repository.ts";
import { incompressible } from "./testing/troublesome.ts";
import { hasTool, rootOf, runTool } from "./testing/unpacked.ts";

const umoci = hasTool("umoci") && process.getuid?.() === 0 ? false : "needs umoci, root";

describe("three hundred packages, each worth a layer of its own", () => {
  const many = Array.from({ length: 301 }, (_, index): TestPackage => {
    const name = `part-${String(index)}`;
    return { name, items: [file(`usr/share/${name}`, incompressible(name, 17_000 + index))] };
  });
  let bench: Awaited<ReturnType<typeof openBench>>;
  let text: string;

  before(async () => {
    bench = await openBench();
    const { path, key } = await makeRepository(bench.folder, many);
    text = `contents: {repositories: [${path}], keyring: [${key}], packages: [${many.map(({ name }) => name).join(", ")}]}`;
  });
  after(() => bench.close());

  test("share layers, so that Docker takes them, and unpack to one tree", { skip: umoci }, async () => {
    const { layout } = await bench.build(text);
    const { layers, tree } = await inspect(layout);
    assert.ok(layers.length > 80 && layers.length <= 97, String(layers.length));
    const single = await inspect((await bench.build(text, { layering: "single" })).layout);
    assert.deepEqual(tree, single.tree);
    const each = await inspect((await bench.build(text, { layering: "package" })).layout);
    assert.deepEqual(tree, each.tree);
    assert.ok(each.layers.length <= 111);
    runTool("umoci", "unpack", "--image", `${layout}:latest`, join(bench.folder, "bundle"));
    assert.deepEqual(rootOf(join(bench.folder, "bundle", "rootfs")), tree);
  });
});

async function inspect(layout: string): Promise<InspectedPlatform> {
  const image = await inspectImage(layout, defaultLimits, { tree: true });
  return image.platforms[0] ?? assert.fail("no platform");
}
