import type { StoredPackage } from "@apkmill/apk";
import type { Digest, Ports } from "@apkmill/core";
import {
  describeImageSpdx,
  describeIndexSpdx,
  formatSpdx,
  type OperatingSystem,
  type SpdxDocument,
} from "@apkmill/sbom";
import { type BuiltPlatform } from "./build-platform.ts";
import { ImageError } from "./image-error.ts";
import { readPlannedFile } from "./read-file.ts";

/** The SBOM files of an image by name: one for each platform, `sbom-<apk arch>.spdx.json`, and `sbom-index.spdx.json`. */
export async function describeSboms(
  ports: Ports,
  {
    name,
    digest,
    platforms,
    vcsUrl,
  }: {
    readonly name: string;
    readonly digest: Digest;
    readonly platforms: readonly BuiltPlatform[];
    readonly vcsUrl: string;
  },
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const built of platforms)
    files.set(sbomName(built.arch), formatSpdx(await describePlatform(ports, name, vcsUrl, built)));
  const createdEpoch = Math.max(0, ...platforms.map((built) => built.createdEpoch));
  const variants = platforms.map((built) => ({
    digest: built.descriptor.digest,
    architecture: built.platform.architecture,
  }));
  files.set("sbom-index.spdx.json", formatSpdx(describeIndexSpdx({ name, digest, createdEpoch, platforms: variants })));
  return files;
}

export function sbomName(arch: string): string {
  return `sbom-${arch}.spdx.json`;
}

async function describePlatform(
  ports: Ports,
  name: string,
  vcsUrl: string,
  built: BuiltPlatform,
): Promise<SpdxDocument> {
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
        identitySha1: Buffer.from(stored.identity.slice(2), "base64").toString("hex"),
        embedded: await embeddedSbom(ports, built, stored),
      })),
    ),
    ...(vcsUrl === "" ? {} : { vcsUrl }),
  });
}

/** `etc/os-release`, following its link; undefined when the image has none. */
async function operatingSystemOf(
  ports: Ports,
  { tree, packages }: BuiltPlatform,
): Promise<OperatingSystem | undefined> {
  const entry = tree.follow("etc/os-release") ?? tree.follow("usr/lib/os-release");
  if (entry?.type !== "file") return undefined;
  const text = (await readPlannedFile(ports, packages, entry)).toString("utf8");
  const value = (key: string): string => new RegExp(`^${key}=["']?([^"'\\n]*)`, "m").exec(text)?.[1] ?? "";
  const id = value("ID");
  return id === "" ? undefined : { id, versionId: value("VERSION_ID"), name: value("NAME") || id };
}

/** The document that a package carries for itself. One that is there and is no SPDX 2.3 is refused rather than left out. */
async function embeddedSbom(
  ports: Ports,
  { tree, packages }: BuiltPlatform,
  { control }: StoredPackage,
): Promise<SpdxDocument | undefined> {
  const { name, version } = control;
  const places = [`${name}-${version}`, `${name}-${version.replace(/-r\d+$/, "")}`, name].map(
    (stem) => `var/lib/db/sbom/${stem}.spdx.json`,
  );
  const entry = places.map((path) => tree.follow(path)).find((found) => found?.type === "file");
  if (entry === undefined) return undefined;
  const document = parseSpdx((await readPlannedFile(ports, packages, entry)).toString("utf8"));
  if (document !== undefined) return document;
  throw new ImageError("IMAGE_CONTENT", `${entry.path} of ${name}-${version} is not an SPDX 2.x document in JSON`, {
    context: { package: `${name}-${version}`, path: entry.path },
  });
}

function parseSpdx(text: string): SpdxDocument | undefined {
  try {
    const value = JSON.parse(text) as Partial<SpdxDocument>;
    if (!String(value.spdxVersion).startsWith("SPDX-2.") || !Array.isArray(value.packages)) return undefined;
    const relationships = Array.isArray(value.relationships) ? value.relationships : [];
    const described = relationships
      .filter((each) => each.relationshipType === "DESCRIBES")
      .map((each) => each.relatedSpdxElement);
    return { ...(value as SpdxDocument), relationships, documentDescribes: value.documentDescribes ?? described };
  } catch {
    return undefined;
  }
}
