import type { StoredPackage } from "@apkmill/apk";
import type { Digest, Ports } from "@apkmill/core";
import {
  describeImageSpdx,
  describeIndexSpdx,
  formatSpdx,
  parseSpdx,
  type OperatingSystem,
  type SpdxDocument,
} from "@apkmill/sbom";
import type { BuiltPlatform } from "./build-platform.ts";
import { readPlannedFile } from "./read-file.ts";
import type { VcsRevision } from "./vcs.ts";

export interface SbomRequest {
  /** What the SBOMs call the image. */
  readonly name: string;
  /** Of the image index. */
  readonly digest: Digest;
  readonly platforms: readonly BuiltPlatform[];
  readonly vcs: VcsRevision | undefined;
}

/** The SBOM files of an image by name: one for each platform, and `sbom-index.spdx.json` (reference apko §2.4). */
export async function describeSboms(ports: Ports, request: SbomRequest): Promise<Map<string, string>> {
  const { name, digest, platforms } = request;
  const files = new Map<string, string>();
  for (const built of platforms) {
    files.set(sbomName(built.arch), formatSpdx(await describePlatform(ports, request, built)));
  }
  const createdEpoch = Math.max(0, ...platforms.map((built) => built.createdEpoch));
  const variants = platforms.map(({ descriptor, platform }) => ({
    digest: descriptor.digest,
    architecture: platform.architecture,
  }));
  files.set("sbom-index.spdx.json", formatSpdx(describeIndexSpdx({ name, digest, createdEpoch, platforms: variants })));
  return files;
}

/** The name of a platform's SBOM file, by apk's name of the architecture. */
export function sbomName(arch: string): string {
  return `sbom-${arch}.spdx.json`;
}

async function describePlatform(ports: Ports, { name, vcs }: SbomRequest, built: BuiltPlatform): Promise<SpdxDocument> {
  return describeImageSpdx({
    name,
    digest: built.descriptor.digest,
    architecture: built.platform.architecture,
    createdEpoch: built.createdEpoch,
    system: await operatingSystemOf(ports, built),
    layers: built.manifest.layers,
    packages: await Promise.all(
      built.packages.map(async (stored) => ({
        control: stored.control,
        dataDigest: stored.data.digest,
        identitySha1: stored.format === "v2" ? sha1Of(stored.identity) : undefined,
        embedded: await embeddedSbom(ports, built, stored),
      })),
    ),
    ...(vcs === undefined ? {} : { vcs }),
  });
}

/** The hash in a `Q1…`, as hex. */
function sha1Of(identity: string): string {
  return Buffer.from(identity.slice(2), "base64").toString("hex");
}

/** What `etc/os-release` says, its link followed; undefined when the image has none or it names nothing. */
async function operatingSystemOf(ports: Ports, built: BuiltPlatform): Promise<OperatingSystem | undefined> {
  const text = (await readText(ports, built, "etc/os-release")) ?? (await readText(ports, built, "usr/lib/os-release"));
  const value = (key: string): string => new RegExp(`^${key}=["']?([^"'\\n]*)`, "m").exec(text ?? "")?.[1] ?? "";
  const id = value("ID");
  return id === "" ? undefined : { id, versionId: value("VERSION_ID"), name: value("NAME") || id };
}

/**
 * The document that a package carries for itself (reference apko §7). One that cannot be read is reported, and the package
 * is described by its own metadata alone.
 */
async function embeddedSbom(
  ports: Ports,
  built: BuiltPlatform,
  { control: { name, version } }: StoredPackage,
): Promise<SpdxDocument | undefined> {
  for (const stem of [`${name}-${version}`, `${name}-${version.replace(/-r\d+$/, "")}`, name]) {
    const path = `var/lib/db/sbom/${stem}.spdx.json`;
    const text = await readText(ports, built, path);
    if (text === undefined) continue;
    const document = parseSpdx(text);
    if (document === undefined) ports.log.warn(`${path} of ${name}-${version} is no SPDX 2 document and is left out`);
    return document;
  }
  return undefined;
}

async function readText(ports: Ports, { tree, packages }: BuiltPlatform, path: string): Promise<string | undefined> {
  const entry = tree.follow(path);
  if (entry?.type !== "file" && entry?.type !== "hardlink") return undefined;
  return (await readPlannedFile(ports, packages, entry)).toString("utf8");
}
