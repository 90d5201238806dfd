import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { wholeAlpine } from "./testing/alpine.ts";
import { corpora, missing, openBench } from "./testing/bench.ts";
import { apksOf, readElements } from "./testing/sbom-elements.ts";
import { noValidators, requireValidCycloneDx, requireValidSpdx } from "./testing/validators.ts";

/** syft finds by looking into the image what our SBOMs say is in it, and reads our SBOMs. */

/** Where `npm run test:full` puts it, or anywhere on the path. */
const { PATH = "", HOME = ".", XDG_CACHE_HOME = join(HOME, ".cache") } = process.env;
const folders = [join(XDG_CACHE_HOME, "apkmill-peers"), ...PATH.split(":")];
const syft = folders.map((one) => join(one, "syft")).find((one) => existsSync(one));
const listing = ["golden", "image", "_large-packages.txt"];
const skip = syft === undefined ? "needs syft (npm run test:full installs it)" : missing(...listing);

describe("syft", { skip }, () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let layout: string;

  before(async () => {
    bench = await openBench();
    const { path, key } = await wholeAlpine(bench.folder);
    const packages = (await readFile(join(corpora, ...listing), "utf8")).split(/\s+/).filter((name) => name !== "");
    const text = `contents: {repositories: [${path}], keyring: [${key}], packages: [${packages.join(", ")}]}\n`;
    ({ layout } = await bench.build(text, { tag: "large:1", sbomFormats: ["spdx", "cyclonedx"] }));
  });
  after(() => bench.close());

  const sbom = (ending: string): string => join(layout, `sbom-x86_64.${ending}.json`);

  test("lists the packages that the SBOMs list", { timeout: 300_000 }, async () => {
    const found = await apksBySyft("scan", `oci-dir:${layout}`);
    assert.ok(found.length > 150);
    for (const ending of ["spdx", "cdx"]) assert.deepEqual(apksOf(await readElements(sbom(ending))), found);
  });

  for (const ending of ["spdx", "cdx"])
    test(`reads the packages out of the ${ending} document`, { timeout: 300_000 }, async () => {
      assert.deepEqual(await apksBySyft("convert", sbom(ending)), apksOf(await readElements(sbom(ending))));
    });

  test(
    "is not alone: the public validators take the documents of so many packages",
    { skip: noValidators },
    async () => {
      await requireValidSpdx(sbom("spdx"));
      await requireValidCycloneDx([sbom("cdx")]);
    },
  );

  /** `name version` of every apk in syft's own list, sorted. */
  async function apksBySyft(verb: string, source: string): Promise<string[]> {
    // A home of its own: syft keeps a cache there, and would look for a newer syft.
    const env = { PATH, HOME: bench.folder, SYFT_CHECK_FOR_APP_UPDATE: "false" };
    const args = [verb, "--quiet", source, "--output", "syft-json"];
    const { stdout } = await promisify(execFile)(syft ?? "syft", args, { env, maxBuffer: 2 ** 28 });
    const { artifacts } = JSON.parse(stdout) as { artifacts: { type: string; name: string; version: string }[] };
    return artifacts
      .filter(({ type }) => type === "apk")
      .map(({ name, version }) => `${name} ${version}`)
      .sort();
  }
});
