import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digestOf } from "@apkmill/core";
import type { Part } from "./bill.ts";
import { describeCycloneDx, writeCycloneDx } from "./cyclonedx-document.ts";
import { describeImage, type ImageBillRequest } from "./image-bill.ts";
import { describeIndex } from "./index-bill.ts";
import { describeSpdx, writeSpdx } from "./spdx-document.ts";
import { requireSoundCycloneDx, requireSoundSpdx } from "./testing/sound.ts";
import { packageOf, request } from "./testing/packages.ts";

describe("the SBOM of an image", () => {
  const bill = describeImage(request);
  const document = describeSpdx(bill);

  test("is sound in both formats", () => {
    requireSoundSpdx(document);
    requireSoundCycloneDx(describeCycloneDx(bill));
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
    assert.equal(app.homepage, "https://example.org");
    assert.deepEqual(
      app.checksums?.map(({ algorithm }) => algorithm),
      ["SHA1", "SHA256"],
    );
    assert.equal(app.comment, "SHA1 is of the control section; SHA256 is of the data section");
    assert.equal(
      app.externalRefs?.[0]?.referenceLocator,
      "pkg:apk/alpine/app@1.0-r0?arch=x86_64&distro=alpine-3.19&origin=app-origin&upstream=app-origin",
    );
    assert.equal(document.packages.find(({ name }) => name === "zlib")?.supplier, "Organization: Alpine Linux");
  });

  test("says of a package where it was made: origin and commit", () => {
    const made = describeImage({ ...request, packages: [packageOf({ origin: "gcc", commit: "c0ffee" })] });
    const app = describeSpdx(made).packages.find(({ name }) => name === "app");
    assert.equal(app?.sourceInfo, "built package from: gcc 1.0-r0");
    assert.match(app.comment ?? "", /commit c0ffee/);
    const { properties = [] } = describeCycloneDx(made).components.find(({ name }) => name === "app") ?? {};
    assert.deepEqual(
      properties.map(({ name, value }) => `${name}=${value}`),
      [
        "apkmill:origin=gcc",
        "apkmill:commit=c0ffee",
        "apkmill:hash-of:SHA-1=the control section",
        "apkmill:hash-of:SHA-256=the data section",
      ],
    );
  });

  test("has a package in apk's v3 format without the checksum that it does not have", () => {
    const { control, dataDigest } = packageOf({});
    const { packages } = describeSpdx(describeImage({ ...request, packages: [{ control, dataDigest }] }));
    assert.deepEqual(
      packages.find(({ name }) => name === "app")?.checksums?.map(({ algorithm }) => algorithm),
      ["SHA256"],
    );
  });

  test("names the operating system for scanners, and the sources", () => {
    const system = document.packages.find(({ SPDXID }) => SPDXID === "SPDXRef-OperatingSystem-alpine");
    assert.deepEqual([system?.name, system?.versionInfo], ["alpine", "3.19"]);
    assert.equal(system?.primaryPackagePurpose, "OPERATING_SYSTEM");
    assert.ok(
      document.packages.some(({ downloadLocation }) => downloadLocation === "git+https://git.example.org/app@abc"),
    );
    const { metadata, components } = describeCycloneDx(bill);
    assert.equal(components.find(({ type }) => type === "operating-system")?.version, "3.19");
    assert.deepEqual(metadata.component.externalReferences, [
      { url: "git+https://git.example.org/app@abc", type: "vcs" },
    ]);
  });

  test("names who supplies the image where its annotations do", () => {
    const vended = describeImage({ ...request, vendor: "Example Ltd" });
    const { packages, creationInfo } = describeSpdx(vended);
    assert.equal(packages[0]?.supplier, "Organization: Example Ltd");
    assert.deepEqual(creationInfo.creators, ["Tool: apkmill", "Organization: Example Ltd"]);
    assert.equal(describeCycloneDx(vended).metadata.manufacturer?.name, "Example Ltd");
  });

  test("is the same in whatever order the packages come, and another for any other content", () => {
    const turned = describeImage({ ...request, packages: request.packages.toReversed() });
    assert.deepEqual([writeSpdx(turned), writeCycloneDx(turned)], [writeSpdx(bill), writeCycloneDx(bill)]);
    const others = [
      request,
      { ...request, createdEpoch: 1 },
      { ...request, name: "other" },
      { ...request, digest: digestOf("other") },
      { ...request, packages: [packageOf({ depends: ["zlib"] }), packageOf({ name: "zlib" })] },
    ].map((one) => describeImage(one));
    assert.equal(new Set(others.map((one) => writeSpdx(one).id)).size, others.length);
    assert.equal(new Set(others.map((one) => writeCycloneDx(one).id)).size, others.length);
  });

  test("of a system that says nothing of itself asserts nothing", () => {
    const unnamed = describeImage({
      ...request,
      system: undefined,
      packages: [packageOf({ maintainer: "unknown" })],
    });
    requireSoundSpdx(describeSpdx(unnamed));
    requireSoundCycloneDx(describeCycloneDx(unnamed));
    const app = describeSpdx(unnamed).packages.find(({ name }) => name === "app");
    assert.equal(app?.supplier, "NOASSERTION");
  });

  test("says in both formats what each package depends on", () => {
    const packages = [
      packageOf({ name: "app", depends: ["so:libz.so.1", "busybox>=1", "!other", "absent", "app"] }),
      packageOf({ name: "zlib", provides: ["so:libz.so.1=1.3"] }),
      packageOf({ name: "busybox", version: "1.36-r0" }),
      packageOf({ name: "other" }),
    ];
    const needs = describeImage({ ...request, packages });
    const edges = describeSpdx(needs)
      .relationships.filter((one) => one.relationshipType === "DEPENDS_ON")
      .map((one) => `${one.spdxElementId} ${one.relatedSpdxElement}`);
    assert.deepEqual(edges, [
      "SPDXRef-Package-app-1.0-r0 SPDXRef-Package-busybox-1.36-r0",
      "SPDXRef-Package-app-1.0-r0 SPDXRef-Package-zlib-1.0-r0",
    ]);
    const { dependencies } = describeCycloneDx(needs);
    assert.deepEqual(dependencies.find(({ ref }) => ref === "Package-app-1.0-r0")?.dependsOn, [
      "Package-busybox-1.36-r0",
      "Package-zlib-1.0-r0",
    ]);
    assert.equal(dependencies.find(({ ref }) => ref === "Package-zlib-1.0-r0")?.dependsOn, undefined);
  });

  test("has CycloneDX licences as an id, an expression or a name", () => {
    const licenses = ["MIT", "MIT AND ISC", "Our own terms", ""];
    const packages = licenses.map((license, at) => packageOf({ name: `p${String(at)}`, license }));
    const { components } = describeCycloneDx(describeImage({ ...request, packages }));
    assert.deepEqual(
      components.filter(({ name }) => /^p\d$/.test(name)).map((one) => one.licenses),
      [
        [{ license: { id: "MIT" } }],
        [{ expression: "MIT AND ISC" }],
        [{ license: { name: "Our own terms", text: undefined } }],
        undefined,
      ],
    );
  });

  test("says once in CycloneDX what the licences stand for that only expressions mention", () => {
    const licenses = ["a:b AND c", "MIT OR a:b", "alone", "MIT"];
    const packages = licenses.map((license, at) => packageOf({ name: `p${String(at)}`, license }));
    const own = describeImage({ ...request, packages });
    assert.deepEqual(
      describeCycloneDx(own).metadata.properties?.filter(({ name }) => name.startsWith("apkmill:license:")),
      [
        { name: "apkmill:license:LicenseRef-ab", value: "a:b" },
        { name: "apkmill:license:LicenseRef-c", value: "c" },
      ],
    );
  });
});

describe("the SBOM of an index", () => {
  const imageOf = (architecture: string, more: Partial<ImageBillRequest> = {}): Part =>
    describeImage({ ...request, digest: digestOf(architecture), architecture, ...more }).root;
  const whole = { name: "hello", digest: digestOf("index"), createdEpoch: 0 };
  const bill = describeIndex({ ...whole, platforms: [imageOf("amd64"), imageOf("arm64")] });

  test("says which images are its variants", () => {
    const document = describeSpdx(bill);
    requireSoundSpdx(document);
    requireSoundCycloneDx(describeCycloneDx(bill));
    assert.equal(document.packages.length, 3);
    assert.equal(document.relationships.filter((one) => one.relationshipType === "VARIANT_OF").length, 2);
  });

  test("says of each image what the image's own SBOM says, in both formats", () => {
    const own = describeImage({ ...request, digest: digestOf("arm64"), architecture: "arm64" });
    assert.deepEqual(describeSpdx(bill).packages[2], describeSpdx(own).packages[0]);
    assert.deepEqual(describeCycloneDx(bill).components[1]?.supplier, describeCycloneDx(own).metadata.supplier);
  });

  test("names as its supplier the vendor, else the operating system of all platforms", () => {
    const other = { system: { id: "wolfi", versionId: "1", name: "Wolfi" } };
    const supplierOf = (vendor: string | undefined, ...platforms: Part[]): (string | undefined)[] => {
      const one = describeIndex({ ...whole, vendor, platforms });
      return [describeSpdx(one).packages[0]?.supplier, describeCycloneDx(one).metadata.supplier?.name];
    };
    const amd64 = imageOf("amd64");
    assert.deepEqual(supplierOf(undefined, amd64, imageOf("arm64")), ["Organization: Alpine Linux", "Alpine Linux"]);
    assert.deepEqual(supplierOf("", amd64, imageOf("arm64", { vendor: "" }))[1], "Alpine Linux");
    assert.deepEqual(supplierOf(undefined, amd64, imageOf("arm64", other)), ["NOASSERTION", undefined]);
    const vended = ["amd64", "arm64"].map((architecture) => imageOf(architecture, { vendor: "Example Ltd" }));
    assert.deepEqual(supplierOf("Example Ltd", ...vended), ["Organization: Example Ltd", "Example Ltd"]);
  });

  test("refers to the documents of its platforms by name and hash", () => {
    const link = { id: "https://example.org/document", sha1: "1".repeat(40), sha256: "2".repeat(64) };
    const image = bill.parts[2]?.id ?? "";
    const document = describeSpdx(bill, new Map([[image, link]]));
    requireSoundSpdx(document);
    assert.deepEqual(document.externalDocumentRefs, [
      {
        externalDocumentId: "DocumentRef-1",
        checksum: { algorithm: "SHA1", checksumValue: link.sha1 },
        spdxDocument: link.id,
      },
    ]);
    assert.deepEqual(document.relationships.at(-1), {
      spdxElementId: `SPDXRef-${image}`,
      relationshipType: "DESCRIBED_BY",
      relatedSpdxElement: "DocumentRef-1:SPDXRef-DOCUMENT",
    });
    const serial = "urn:uuid:00000000-0000-8000-8000-000000000000";
    const { components } = describeCycloneDx(bill, new Map([[image, { ...link, id: serial }]]));
    assert.deepEqual(components[1]?.externalReferences, [
      {
        url: "urn:cdx:00000000-0000-8000-8000-000000000000/1",
        type: "bom",
        hashes: [{ alg: "SHA-256", content: link.sha256 }],
      },
    ]);
  });
});
