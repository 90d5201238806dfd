import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describePackageSpdx, type PackageSbomRequest } from "./package-document.ts";
import { describeImage } from "./image-bill.ts";
import { formatSpdx } from "./spdx.ts";
import { embeddedOf, packageOf, request as image } from "./testing/packages.ts";

const request: PackageSbomRequest = {
  name: "libstdc++",
  version: "13.2_git1-r0",
  arch: "x86_64",
  origin: "gcc",
  description: "The C++ library",
  url: "https://gcc.gnu.org",
  license: "GPL-3.0-or-later WITH GCC-exception-3.1",
  copyright: "2024 FSF",
  namespace: "wolfi",
  createdEpoch: 1_700_000_000,
  sources: [
    { name: "gcc.tar.xz", version: "13.2", location: "https://ftp.gnu.org/gcc.tar.xz", sha256: "a".repeat(64) },
  ],
};

describe("the SBOM of a package", () => {
  test("describes the package, where it comes from, and when", () => {
    const { packages, relationships, documentDescribes, creationInfo } = describePackageSpdx(request);
    const [main, source] = packages;
    assert.equal(main?.SPDXID, "SPDXRef-Package-libstdc-x2b--x2b--13.2-x5f-git1-r0");
    assert.deepEqual(documentDescribes, [main.SPDXID]);
    assert.equal(main.licenseDeclared, request.license);
    assert.equal(main.supplier, "Organization: wolfi");
    assert.equal(
      main.externalRefs?.[0]?.referenceLocator,
      "pkg:apk/wolfi/libstdc%2B%2B@13.2_git1-r0?arch=x86_64&distro=wolfi&origin=gcc&upstream=gcc",
    );
    assert.equal(source?.downloadLocation, "https://ftp.gnu.org/gcc.tar.xz");
    assert.deepEqual(
      relationships.map((one) => `${one.relationshipType} ${one.relatedSpdxElement}`),
      [`DESCRIBES ${main.SPDXID}`, `GENERATED_FROM ${source.SPDXID}`],
    );
    assert.equal(creationInfo.created, "2023-11-14T22:13:20Z");
  });

  test("is the same for the same package, and of another name space for any other", () => {
    assert.equal(formatSpdx(describePackageSpdx(request)), formatSpdx(describePackageSpdx({ ...request })));
    const spaces = [
      request,
      { ...request, arch: "aarch64" },
      { ...request, description: "other" },
      { ...request, sources: [] },
    ];
    assert.equal(new Set(spaces.map((one) => describePackageSpdx(one).documentNamespace)).size, 4);
  });

  test("names the package by its CPE, its sources by package URLs, and with what was demanded of them", () => {
    const cpe = "cpe:2.3:a:gnu:libstdc\\+\\+:13.2:*:*:*:*:*:*:*";
    const purl = "pkg:generic/gcc@13.2?download_url=https%3A%2F%2Fftp.gnu.org%2Fgcc.tar.xz";
    const source = { name: "gcc", version: "13.2", location: "https://ftp.gnu.org/gcc.tar.xz", purl };
    const sha512 = "b".repeat(128);
    const [main, made] = describePackageSpdx({ ...request, cpe, sources: [{ ...source, sha512 }] }).packages;
    assert.deepEqual(main?.externalRefs?.[1], {
      referenceCategory: "SECURITY",
      referenceType: "cpe23Type",
      referenceLocator: cpe,
    });
    assert.equal(made?.externalRefs?.[0]?.referenceLocator, purl);
    assert.deepEqual(made.checksums, [{ algorithm: "SHA512", checksumValue: sha512 }]);
  });

  test("gives the SBOM of an image CPE and package URLs", () => {
    const cpe = "cpe:2.3:a:gnu:gcc:13.2:*:*:*:*:*:*:*";
    const source = { name: "gcc", version: "13.2", location: "https://ftp.gnu.org/", purl: "pkg:generic/gcc@13.2" };
    const embedded = embeddedOf(describePackageSpdx({ ...request, cpe, sources: [source] }));
    const bill = describeImage({ ...image, packages: [packageOf({ name: request.name }, embedded)] });
    assert.equal(bill.parts.find(({ name }) => name === request.name)?.cpe, cpe);
    assert.equal(bill.parts.find(({ name }) => name === "gcc")?.purl, source.purl);
  });

  test("says NOASSERTION where nothing is known", () => {
    const bare = {
      ...request,
      license: "",
      copyright: "",
      namespace: "",
      url: "ftp://x",
      description: "",
      sources: [],
    };
    const [main] = describePackageSpdx(bare).packages;
    assert.equal(main?.licenseDeclared, "NOASSERTION");
    assert.equal(main.copyrightText, "NOASSERTION");
    assert.equal(main.supplier, "NOASSERTION");
    assert.deepEqual([main.homepage, main.description], [undefined, undefined]);
  });
});
