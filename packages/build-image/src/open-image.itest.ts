import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { hexOf } from "@apkmill/core";
import { startRegistry } from "@apkmill/dev-services";
import { openImage, openLayout, openRegistry, parseReference } from "@apkmill/oci";
import { publishImage } from "@apkmill/publish";
import { diffImages } from "./diff-images.ts";
import { inspectOpenedImage, type InspectedImage } from "./inspect-image.ts";
import { openBench, withCode, type Bench } from "./testing/bench.ts";
import { file, makeRepository, type TestRepository } from "./testing/repository.ts";
import { hasTool, runTool } from "./testing/unpacked.ts";

/** One image in every form in which images come. */
describe("an image of two platforms", () => {
  let bench: Bench & { close(): Promise<void> };
  let repository: TestRepository;
  let layout: string;
  let whole: InspectedImage;

  before(async () => {
    bench = await openBench();
    const packages = [
      { name: "lib", items: [file("usr/lib/libx.so", Buffer.alloc(40_000, 7))] },
      { name: "app", control: { depends: ["lib"] }, items: [file("usr/bin/app", Buffer.alloc(30_000, 8))] },
    ];
    repository = await makeRepository(bench.folder, packages, ["x86_64", "aarch64"]);
    layout = await build("layout");
    whole = await inspect(layout);
  });
  after(() => bench.close());

  async function build(name: string, archs = ["amd64", "arm64"], changes = {}): Promise<string> {
    const output = join(bench.folder, name);
    const { path, key } = repository;
    const config = `contents: {repositories: [${path}], keyring: [${key}], packages: [app]}`;
    await bench.build(config, { output, archs, tag: "acme/app:1", ...changes });
    return output;
  }

  async function inspect(name: string, archs: readonly string[] = []): Promise<InspectedImage> {
    return inspectOpenedImage(await openImage(bench.ports, name), bench.ports.limits, { tree: true, archs });
  }

  /** What a form of the image cannot lose: the tree, the configuration, who needs what. */
  function essence({ platforms }: InspectedImage): unknown {
    return platforms.map(({ platform, config, packages, generated, tree }) => {
      return { platform, config, packages, generated, tree };
    });
  }

  test("is the same as a tar", async () => {
    const found = await inspect(await build("image.tar"));
    assert.deepEqual(found, whole);
  });

  test("is the same with layers of zstd", async () => {
    const found = await inspect(await build("zstd", ["amd64", "arm64"], { compression: "zstd" }));
    assert.deepEqual(essence(found), essence(whole));
    assert.notEqual(found.digest, whole.digest);
  });

  test("is the same where index.json is the image's own index, as apko writes it", async () => {
    const path = join(bench.folder, "apko");
    await cp(layout, path, { recursive: true });
    await writeFile(join(path, "index.json"), await readFile(join(layout, "blobs/sha256", hexOf(whole.digest))));
    assert.deepEqual(await inspect(path), whole);
    // What is published must hang by one digest.
    await assert.rejects(openLayout(path, bench.ports.limits), withCode("LAYOUT_MALFORMED"));
  });

  test("is the same in a registry, where layers that are in the store are not fetched", async (t) => {
    const registry = await startRegistry();
    t.after(() => registry.close());
    const reference = `${registry.host}/acme/app:1`;
    await publishImage(bench.ports, { layout, references: [reference], attest: [], sign: "none" });
    assert.deepEqual(await inspect(reference), whole);
    assert.deepEqual(await inspect(`${registry.host}/acme/app@${whole.digest}`), whole);
    const other = await openBench();
    t.after(() => other.close());
    const image = await openImage(other.ports, reference);
    assert.deepEqual(await inspectOpenedImage(image, other.ports.limits, { tree: true }), whole);
    const layers = image.platforms.flatMap(({ manifest }) => manifest.layers);
    for (const { digest } of layers) assert.notEqual(await other.ports.store.find(digest), undefined);
    const diff = await diffImages(await openImage(bench.ports, layout), image, bench.ports.limits);
    assert.ok(diff.equal);
  });

  test("in a registry that has other bytes under a digest is refused", async (t) => {
    const registry = await startRegistry();
    t.after(() => registry.close());
    const client = openRegistry(bench.ports, parseReference(`${registry.host}/acme/app`));
    await assert.rejects(inspect(`${registry.host}/acme/app:1`), withCode("REGISTRY_NOT_FOUND"));
    const note = Buffer.from('{"schemaVersion":2,"manifests":[]}');
    await client.putTag("1", note, "application/vnd.oci.image.index.v1+json");
    await assert.rejects(inspect(`${registry.host}/acme/app:1`), withCode("REGISTRY_MALFORMED_ANSWER"));
  });

  const skip = hasTool("skopeo") ? false : "needs skopeo";
  for (const form of ["oci-archive", "docker-archive", "oci"] as const) {
    test(`is the same as skopeo's ${form}`, { skip }, async () => {
      const output = join(bench.folder, `skopeo-${form}${form === "oci" ? "" : ".tar"}`);
      const all = form === "docker-archive" ? [] : ["--all"];
      const select = ["--override-os", "linux", "--override-arch", "arm64"];
      runTool("skopeo", ...select, "copy", ...all, `oci:${layout}:1`, `${form}:${output}:acme/app:1`);
      const found = await inspect(output, ["arm64"]);
      assert.deepEqual(essence(found), essence(await inspect(layout, ["arm64"])));
    });
  }

  test("of which one is asked for shows that one", async () => {
    assert.deepEqual(
      (await inspect(layout, ["aarch64"])).platforms.map(({ platform }) => platform),
      ["linux/arm64"],
    );
    await assert.rejects(inspect(layout, ["riscv64"]), withCode("IMAGE_CONTENT"));
  });

  test("says who needs each package", () => {
    const [platform] = whole.platforms;
    const why = new Map(platform?.packages.map((one) => [one.name, one.why]));
    assert.deepEqual(why.get("app"), { world: ["app"], requiredBy: [], installIf: [], path: ["app"] });
    assert.deepEqual(why.get("lib"), { world: [], requiredBy: ["app"], installIf: [], path: ["app", "lib"] });
  });

  const nowhere: readonly [string, string][] = [
    ["./nothing", "LAYOUT_MISSING"],
    ["nothing", "LAYOUT_MISSING"],
    ["acme/nothing", "LAYOUT_MISSING"],
    ["nothing.tar", "LAYOUT_MISSING"],
    ["/nothing/at/all", "LAYOUT_MISSING"],
    ["registry.test/Upper:1", "REFERENCE_MALFORMED"],
    ["name:tag:more", "REFERENCE_MALFORMED"],
    [import.meta.dirname, "LAYOUT_MALFORMED"],
    [import.meta.filename, "ARCHIVE_TAR_CHECKSUM"],
  ];
  for (const [name, code] of nowhere) {
    test(`is not at ${name.replace(import.meta.dirname, "…")}`, async () => {
      await assert.rejects(openImage(bench.ports, name), withCode(code));
    });
  }
});
