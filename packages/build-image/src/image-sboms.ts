import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Digest, Ports } from "@apkmill/core";
import {
  describeImage,
  describeIndex,
  sbomFileName,
  writeBill,
  type Bill,
  type DocumentLink,
  type OperatingSystem,
  type SbomFormat,
  type WrittenBill,
} from "@apkmill/sbom";
import type { BuiltPlatform } from "./build-platform.ts";
import { fileAt } from "./file-at.ts";
import { installedFacts } from "./installed-facts.ts";
import { readPlannedFile } from "./read-file.ts";
import type { VcsRevision } from "./vcs.ts";

export interface SbomRequest {
  /** What the SBOMs call the image. */
  readonly name: string;
  /** Of the image index. */
  readonly digest: Digest;
  readonly platforms: readonly BuiltPlatform[];
  readonly vcs: VcsRevision | undefined;
  /** Who supplies the image, by its annotations. */
  readonly vendor?: string | undefined;
  /** Default SPDX; empty for no files. */
  readonly formats?: readonly SbomFormat[] | undefined;
}

/**
 * The SBOM files of an image by name, in each format one for each platform and one for the index (reference apko §2.4). That of
 * the index refers to the others.
 */
export async function describeSboms(ports: Ports, request: SbomRequest): Promise<Map<string, string>> {
  const { platforms, formats = ["spdx"] } = request;
  if (formats.length === 0) return new Map();
  const bills: PlatformBill[] = [];
  for (const built of platforms) bills.push({ arch: built.arch, bill: await describePlatform(ports, request, built) });
  const index = describeWhole(request, bills);
  const files = new Map<string, string>();
  for (const format of formats) {
    const links = new Map<string, DocumentLink>();
    for (const { arch, bill } of bills) {
      const written = writeBill(format, bill);
      files.set(sbomFileName(arch, format), written.text);
      links.set(bill.root.id, linkTo(written));
    }
    files.set(sbomFileName("index", format), writeBill(format, index, links).text);
  }
  return files;
}

/** Where the SBOM files of a platform are, by apk's name of its architecture. */
export function sbomPaths(
  directory: string,
  arch: string,
  formats: readonly SbomFormat[] = ["spdx"],
): Partial<Record<SbomFormat, string>> {
  return Object.fromEntries(formats.map((format) => [format, join(directory, sbomFileName(arch, format))]));
}

interface PlatformBill {
  readonly arch: string;
  readonly bill: Bill;
}

function linkTo({ id, text }: WrittenBill): DocumentLink {
  const hash = (algorithm: string): string => createHash(algorithm).update(text).digest("hex");
  return { id, sha1: hash("sha1"), sha256: hash("sha256") };
}

/** As old as the youngest of its platforms, which may have been dated before 1970. */
function describeWhole({ name, digest, vendor }: SbomRequest, bills: readonly PlatformBill[]): Bill {
  const createdEpoch = Math.max(...bills.map(({ bill }) => bill.createdEpoch));
  return describeIndex({ name, digest, createdEpoch, vendor, platforms: bills.map(({ bill }) => bill.root) });
}

async function describePlatform(ports: Ports, { name, vcs, vendor }: SbomRequest, built: BuiltPlatform): Promise<Bill> {
  return describeImage({
    name,
    digest: built.descriptor.digest,
    architecture: built.platform.architecture,
    createdEpoch: built.createdEpoch,
    vendor,
    system: await operatingSystemOf(ports, built),
    layers: built.manifest.layers,
    packages: await installedFacts(ports, built),
    ...(vcs === undefined ? {} : { vcs }),
  });
}

/** What `etc/os-release` says, its link followed; undefined when the image has none or it names nothing. */
async function operatingSystemOf(ports: Ports, built: BuiltPlatform): Promise<OperatingSystem | undefined> {
  const text = (await readText(ports, built, "etc/os-release")) ?? (await readText(ports, built, "usr/lib/os-release"));
  const value = (key: string): string => new RegExp(`^${key}=["']?([^"'\\n]*)`, "m").exec(text ?? "")?.[1] ?? "";
  const id = value("ID");
  return id === "" ? undefined : { id, versionId: value("VERSION_ID"), name: value("NAME") || id };
}

async function readText(ports: Ports, { tree, packages }: BuiltPlatform, path: string): Promise<string | undefined> {
  const entry = fileAt(tree, path);
  return entry === undefined ? undefined : (await readPlannedFile(ports, packages, entry)).toString("utf8");
}
