import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describedDigests } from "./described-image.ts";

const digest = `sha256:${"c".repeat(64)}`;
const documentOf = (root: object, link: object = { documentDescribes: ["SPDXRef-Image"] }): unknown => ({
  ...link,
  packages: [
    { SPDXID: "SPDXRef-Image", ...root },
    { SPDXID: "SPDXRef-Layer", name: `sha256:${"d".repeat(64)}` },
  ],
});

const cycloneDx = (component: object): object => ({ bomFormat: "CycloneDX", metadata: { component } });

describe("the image that an SBOM describes", () => {
  const rows: readonly [string, unknown, string[]][] = [
    ["is named by the package's name", documentOf({ name: digest }), [digest]],
    ["is named by its version", documentOf({ name: "img", versionInfo: digest }), [digest]],
    [
      "is named by its checksum",
      documentOf({ checksums: [{ algorithm: "SHA256", checksumValue: "C".repeat(64) }] }),
      [digest],
    ],
    [
      "is named by a package address",
      documentOf({ externalRefs: [{ referenceLocator: `pkg:oci/img@${digest.replace(":", "%3A")}?arch=amd64` }] }),
      [digest],
    ],
    [
      "is linked by a relationship",
      documentOf(
        { name: digest },
        {
          relationships: [
            { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-Image" },
          ],
        },
      ),
      [digest],
    ],
    ["is named by CycloneDX's component", cycloneDx({ version: digest }), [digest]],
    ["is named by its hash", cycloneDx({ hashes: [{ alg: "SHA-256", content: "C".repeat(64) }] }), [digest]],
    [
      "is named by its package address",
      cycloneDx({ purl: `pkg:oci/img@${digest.replace(":", "%3A")}?arch=amd64` }),
      [digest],
    ],
    [
      "is not what stands beside CycloneDX's component",
      { ...cycloneDx({}), components: [{ version: digest }], ...(documentOf({ name: digest }) as object) },
      [],
    ],
    ["is nothing where CycloneDX has no component", { bomFormat: "CycloneDX", metadata: [] }, []],
    ["is not a layer", documentOf({ name: "img" }), []],
    ["is not what another package describes", documentOf({ name: digest }, {}), []],
    ["is nothing in a text", "spdx", []],
    ["is nothing where lists are missing", { packages: {}, documentDescribes: 7 }, []],
    [
      "is nothing in a broken address",
      documentOf({ externalRefs: [{ referenceLocator: "pkg:oci/img@%E0%A4%A" }] }),
      [],
    ],
  ];
  for (const [sentence, document, expected] of rows) {
    test(sentence, () => {
      assert.deepEqual([...describedDigests(document)], expected);
    });
  }
});
