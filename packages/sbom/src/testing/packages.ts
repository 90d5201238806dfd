import type { PackageControl } from "@apkmill/apk";
import { digestOf } from "@apkmill/core";
import type { ApkFacts } from "../apk-part.ts";
import type { ImageBillRequest } from "../image-bill.ts";
import { parseSpdx } from "../parse-spdx.ts";
import type { SpdxDocument } from "../spdx.ts";

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

/** An installed package, with what is said of it in place of the usual. */
export function packageOf(more: Partial<PackageControl>, embedded?: SpdxDocument): ApkFacts {
  const own = { ...control, ...more };
  return { control: own, dataDigest: digestOf(own.name), identitySha1: "b".repeat(40), embedded };
}

/** An image of two packages. */
export const request: ImageBillRequest = {
  name: "hello",
  digest: digestOf("manifest"),
  architecture: "amd64",
  createdEpoch: 0,
  system: { id: "alpine", versionId: "3.19", name: "Alpine Linux" },
  layers: [{ digest: digestOf("layer") }],
  packages: [packageOf({ name: "zlib", maintainer: "" }), packageOf({})],
  vcs: { url: "https://git.example.org/app", revision: "abc" },
};

/** A document as it is read from a package. */
export function embeddedOf(text: unknown): SpdxDocument {
  const document = parseSpdx(JSON.stringify(text));
  if (document === undefined) throw new Error("no SPDX document");
  return document;
}
