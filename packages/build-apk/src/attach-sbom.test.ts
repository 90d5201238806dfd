import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePackageConfig } from "@apkmill/config";
import { parseSpdx, type SpdxPackage } from "@apkmill/sbom";
import { withSbom } from "./attach-sbom.ts";
import { compilePackageConfig } from "./compile.ts";
import { outputsOf } from "./describe-control.ts";

const text = `
package:
  name: bash
  version: "5.2"
  epoch: 1
  cpe: {vendor: gnu, product: bash}
pipeline:
  - uses: fetch
    with: {uri: "https://example.org/bash.tar.gz", expected-none: yes}
subpackages:
  - name: bash-doc
`;

/** Of each package the elements of its document. */
async function documentsOf(): Promise<(readonly SpdxPackage[])[]> {
  const compiled = await compilePackageConfig(parsePackageConfig(text), { arch: "x86_64" });
  return outputsOf(compiled).map((output) => {
    const bare = { packageName: output.name, entries: [] };
    const tree = withSbom(bare, { compiled, output, buildTime: 0, namespace: "unknown" });
    const file = tree.entries.find(({ path }) => path === `var/lib/db/sbom/${output.name}-5.2-r1.spdx.json`);
    return parseSpdx(Buffer.from(file?.generated ?? "").toString("utf8"))?.packages ?? [];
  });
}

const locators = (one: SpdxPackage | undefined): string[] =>
  (one?.externalRefs ?? []).map(({ referenceLocator }) => referenceLocator);

test("the CPE of a configuration stands in the SBOM of its package, without the number of the build", async () => {
  const [[main] = [], [manual] = []] = await documentsOf();
  assert.ok(locators(main).includes("cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*"));
  assert.ok(locators(manual).every((locator) => locator.startsWith("pkg:apk/")));
});

test("the sources of every package of a configuration have package URLs", async () => {
  const purl = "pkg:generic/bash@5.2?download_url=https%3A%2F%2Fexample.org%2Fbash.tar.gz";
  for (const [, source] of await documentsOf()) assert.deepEqual(locators(source), [purl]);
});
