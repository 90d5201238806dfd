import { dirname, join } from "node:path";
import { pathExists, readFileWithin, reasonOf, type Ports } from "@apkmill/core";
import { describedDigests } from "./described-image.ts";
import type { PlatformImage } from "./image.ts";
import { PublishError } from "./publish-error.ts";

/** Where SBOMs are: by platform as the user says, else beside or in the layout under the names `image build` gives them. */
export interface SbomPlaces {
  readonly layout: string;
  readonly sboms?: Readonly<Record<string, string>> | undefined;
}

/** apk's names of the architectures, by OCI's; they are in the names of SBOM files, as apko writes them. */
const apkNames: Readonly<Record<string, string>> = {
  "linux/386": "x86",
  "linux/amd64": "x86_64",
  "linux/arm/v6": "armhf",
  "linux/arm/v7": "armv7",
  "linux/arm64": "aarch64",
  "linux/arm64/v8": "aarch64",
  "linux/loong64": "loongarch64",
  "linux/ppc64le": "ppc64le",
  "linux/riscv64": "riscv64",
  "linux/s390x": "s390x",
};

/**
 * The SPDX document of one platform. It must describe this very manifest: an SBOM of another platform, or of an earlier
 * build, signed for this image would be a lie with our name under it.
 * @throws PublishError PUBLISH_SBOM_MISSING, PUBLISH_SBOM_WRONG · CoreError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function loadSbom(
  { limits }: Pick<Ports, "limits">,
  places: SbomPlaces,
  { platform, descriptor }: PlatformImage,
): Promise<unknown> {
  const path = await findSbom(places, platform);
  const document = parseSbom(path, await readFileWithin(path, limits.responseBytes));
  const described = [...describedDigests(document)];
  if (described.includes(descriptor.digest)) return document;
  throw wrong(path, `to describe ${descriptor.digest} (${platform})`, described.join(", ") || "no image's digest");
}

async function findSbom({ layout, sboms }: SbomPlaces, platform: string): Promise<string> {
  const named = sboms?.[platform];
  if (named !== undefined) return named;
  const file = `sbom-${apkNames[platform] ?? platform.replaceAll("/", "-")}.spdx.json`;
  for (const path of [join(layout, file), join(dirname(layout), file)]) {
    if (await pathExists(path)) return path;
  }
  throw new PublishError(
    "PUBLISH_SBOM_MISSING",
    `attesting the SBOM of ${platform}: expected ${file} in ${layout} or beside it, found none`,
    { hint: "name it, build the image with its SBOMs, or leave sbom out of --attest", context: { path: layout } },
  );
}

function parseSbom(path: string, bytes: Buffer): unknown {
  try {
    const document = JSON.parse(bytes.toString("utf8")) as unknown;
    if (typeof document === "object" && document !== null && "spdxVersion" in document) return document;
  } catch (cause) {
    throw wrong(path, "JSON", reasonOf(cause), cause);
  }
  throw wrong(path, "an SPDX document", "something else");
}

function wrong(path: string, expected: string, found: string, cause?: unknown): PublishError {
  return new PublishError("PUBLISH_SBOM_WRONG", `reading the SBOM ${path}: expected it ${expected}, found ${found}`, {
    cause,
    hint: "use the SBOM that was written with this layout",
    context: { file: path },
  });
}
