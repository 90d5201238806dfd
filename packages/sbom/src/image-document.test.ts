import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PackageControl } from "@apkmill/apk";
import { digestOf } from "@apkmill/core";
import { describeImageSpdx, type ImageSbomPackage, type ImageSbomRequest } from "./image-document.ts";
import { describeIndexSpdx } from "./index-document.ts";
import { parseSpdx } from "./parse-spdx.ts";
import { formatSpdx, type SpdxDocument } from "./spdx.ts";

const control: PackageControl = {
  name: "app",
  version: "1.0-r0",
  arch: "x86_64",
  description: "An app",
  url: "https://example.org",
  license: "MIT",
  origin: "app-origin",
  maintainer: "Ann <ann@example.org>",
  commit: "",
  buildTime: 0,
  installedSizeBytes: 1,
  providerPriority: 0,
  depends: [],
  provides: [],
  installIf: [],
  replaces: [],
  replacesPriority: 0,
  triggers: [],
  dataHash: "",
};

function packageOf(more: Partial<PackageControl>, embedded?: SpdxDocument): ImageSbomPackage {
  const own = { ...control, ...more };
  return { control: own, dataDigest: digestOf(own.name), identitySha1: "b".repeat(40), ...(embedded && { embedded }) };
}

const request: ImageSbomRequest = {
  name: "hello",
  digest: digestOf("manifest"),
  architecture: "amd64",
  createdEpoch: 0,
  system: { id: "alpine", versionId: "3.19", name: "Alpine Linux" },
  layers: [{ digest: digestOf("layer") }],
  packages: [packageOf({ name: "zlib", maintainer: "" }), packageOf({})],
  vcs: { url: "https://git.example.org/app", revision: "abc" },
};

const embedded = (text: unknown): SpdxDocument => {
  const document = parseSpdx(JSON.stringify(text));
  assert.ok(document !== undefined);
  return document;
};

/** What every document of ours must hold, whatever it is about: ids are unique and valid, and relationships lead somewhere. */
function requireSound(document: SpdxDocument): void {
  const ids = document.packages.map(({ SPDXID }) => SPDXID);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
  const known = new Set([...ids, "SPDXRef-DOCUMENT"]);
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    assert.ok(known.has(spdxElementId) && known.has(relatedSpdxElement), `${spdxElementId} ${relatedSpdxElement}`);
  }
  const declared = new Set(document.hasExtractedLicensingInfos?.map(({ licenseId }) => licenseId));
  for (const id of JSON.stringify(document.packages).match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [])
    assert.ok(declared.has(id));
}

describe("the SBOM of an image", () => {
  const document = describeImageSpdx(request);

  test("is sound", () => {
    requireSound(document);
  });

  test("describes the image by the digest of its manifest", () => {
    const [image] = document.packages;
    assert.deepEqual(document.documentDescribes, [image?.SPDXID]);
    assert.equal(image?.versionInfo, request.digest);
    assert.equal(image.supplier, "Organization: Alpine Linux");
    assert.match(
      image.externalRefs?.[0]?.referenceLocator ?? "",
      /^pkg:oci\/hello@sha256%3A[0-9a-f]{64}\?arch=amd64&os=linux$/,
    );
  });

  test("has every package with licence, checksums, supplier and purl, whether it carries an SBOM or not", () => {
    const app = document.packages.find(({ name }) => name === "app");
    assert.equal(app?.licenseDeclared, "MIT");
    assert.equal(app.supplier, "Person: Ann (ann@example.org)");
    assert.deepEqual(
      app.checksums?.map(({ algorithm }) => algorithm),
      ["SHA1", "SHA256"],
    );
    assert.equal(
      app.externalRefs?.[0]?.referenceLocator,
      "pkg:apk/alpine/app@1.0-r0?arch=x86_64&distro=alpine-3.19&origin=app-origin",
    );
    assert.equal(document.packages.find(({ name }) => name === "zlib")?.supplier, "Organization: Alpine Linux");
  });

  test("names the operating system for scanners, and the sources", () => {
    const system = document.packages.find(({ SPDXID }) => SPDXID === "SPDXRef-OperatingSystem-alpine");
    assert.deepEqual([system?.name, system?.versionInfo], ["alpine", "3.19"]);
    assert.ok(
      document.packages.some(({ downloadLocation }) => downloadLocation === "git+https://git.example.org/app@abc"),
    );
  });

  test("is the same in whatever order the packages come", () => {
    assert.equal(
      formatSpdx(describeImageSpdx({ ...request, packages: request.packages.toReversed() })),
      formatSpdx(document),
    );
  });

  test("takes over what a package's own document says, under ids of its own", () => {
    const text = {
      spdxVersion: "SPDX-2.3",
      packages: [
        { SPDXID: "SPDXRef-Main", name: "app", copyrightText: "2024 Ann", filesAnalyzed: true },
        { SPDXID: "SPDXRef-Source", name: "src", licenseDeclared: "LicenseRef-odd", hasFiles: ["SPDXRef-File"] },
      ],
      relationships: [
        { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-Main" },
        { spdxElementId: "SPDXRef-Main", relationshipType: "GENERATED_FROM", relatedSpdxElement: "SPDXRef-Source" },
        { spdxElementId: "SPDXRef-Main", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-File" },
      ],
    };
    const packages = [packageOf({ name: "a" }, embedded(text)), packageOf({ name: "b" }, embedded(text))];
    const joined = describeImageSpdx({ ...request, packages });
    requireSound(joined);
    assert.equal(joined.packages.filter(({ name }) => name === "src").length, 2);
    assert.equal(joined.packages.find(({ name }) => name === "a")?.copyrightText, "2024 Ann");
    assert.equal(joined.relationships.filter((one) => one.relationshipType === "GENERATED_FROM").length, 3);
    assert.equal(JSON.stringify(joined).includes("hasFiles"), false);
  });

  test("takes other people's documents however wrong their fields are", () => {
    const text = {
      spdxVersion: "SPDX-2.2",
      documentDescribes: "SPDXRef-Main",
      packages: [
        null,
        5,
        { SPDXID: 5, name: ["x"] },
        { SPDXID: "SPDXRef-A b", name: "a b", supplier: 1, checksums: "no" },
      ],
      relationships: [{ spdxElementId: "SPDXRef-X" }, "y"],
    };
    requireSound(describeImageSpdx({ ...request, packages: [packageOf({}, embedded(text))] }));
    for (const wrong of ["", "[]", "{", '{"spdxVersion":"SPDX-3.0","packages":[]}', '{"spdxVersion":"SPDX-2.3"}'])
      assert.equal(parseSpdx(wrong), undefined);
  });

  test("of a system that says nothing of itself asserts nothing", () => {
    const unnamed = describeImageSpdx({
      ...request,
      system: undefined,
      packages: [packageOf({ maintainer: "unknown" })],
    });
    requireSound(unnamed);
    assert.equal(unnamed.packages.find(({ name }) => name === "app")?.supplier, "NOASSERTION");
  });
});

describe("the SBOM of an index", () => {
  test("says which images are its variants", () => {
    const platforms = ["amd64", "arm64"].map((architecture) => ({ digest: digestOf(architecture), architecture }));
    const document = describeIndexSpdx({ name: "hello", digest: digestOf("index"), createdEpoch: 0, platforms });
    requireSound(document);
    assert.equal(document.packages.length, 3);
    assert.equal(document.relationships.filter((one) => one.relationshipType === "VARIANT_OF").length, 2);
  });
});
