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

/** The forms in which a bill of materials is attested: by the names of their predicates, with how `image build` ends their files. */
const endings = { spdx: "spdx.json", cyclonedx: "cdx.json" } as const;

type SbomKind = keyof typeof endings;

export interface LoadedSbom {
  readonly kind: SbomKind;
  readonly document: unknown;
}

/**
 * The bills of materials of one platform, at least one, SPDX first. Each must describe this very manifest: an SBOM of another platform,
 * or of an earlier build, signed for this image would be a lie with our name under it.
 * @throws PublishError PUBLISH_SBOM_MISSING, PUBLISH_SBOM_WRONG · CoreError FILE_UNREADABLE, LIMIT_EXCEEDED
 */
export async function loadSboms(
  { limits }: Pick<Ports, "limits">,
  places: SbomPlaces,
  { platform, descriptor }: PlatformImage,
): Promise<LoadedSbom[]> {
  const paths = await findSboms(places, platform);
  return Promise.all(
    paths.map(async (path) => {
      const sbom = parseSbom(path, await readFileWithin(path, limits.responseBytes, "responseBytes"));
      const described = [...describedDigests(sbom.document)];
      if (described.includes(descriptor.digest)) return sbom;
      throw wrong(path, `to describe ${descriptor.digest} (${platform})`, described.join(", ") || "no image's digest");
    }),
  );
}

async function findSboms({ layout, sboms }: SbomPlaces, platform: string): Promise<string[]> {
  const named = sboms?.[platform];
  if (named !== undefined) return [named];
  const stem = `sbom-${apkNames[platform] ?? platform.replaceAll("/", "-")}`;
  const found = await Promise.all(
    Object.values(endings).map((ending) => firstOf([layout, dirname(layout)], `${stem}.${ending}`)),
  );
  const paths = found.filter((path) => path !== undefined);
  if (paths.length > 0) return paths;
  throw new PublishError(
    "PUBLISH_SBOM_MISSING",
    `attesting the SBOM of ${platform}: expected ${stem}.${endings.spdx} or .${endings.cyclonedx} in ${layout} or beside it, found none`,
    { hint: "name it, build the image with its SBOMs, or leave sbom out of --attest", context: { path: layout } },
  );
}

async function firstOf(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) if (await pathExists(join(folder, name))) return join(folder, name);
  return undefined;
}

/** A file's content says what it is, whatever its name. */
function parseSbom(path: string, bytes: Buffer): LoadedSbom {
  try {
    const document = JSON.parse(bytes.toString("utf8")) as unknown;
    if (typeof document === "object" && document !== null) {
      if ("spdxVersion" in document) return { kind: "spdx", document };
      if ("bomFormat" in document && document.bomFormat === "CycloneDX") return { kind: "cyclonedx", document };
    }
  } catch (cause) {
    throw wrong(path, "JSON", reasonOf(cause), cause);
  }
  throw wrong(path, "an SPDX or CycloneDX document", "something else");
}

function wrong(path: string, expected: string, found: string, cause?: unknown): PublishError {
  return new PublishError("PUBLISH_SBOM_WRONG", `reading the SBOM ${path}: expected ${expected}, found ${found}`, {
    cause,
    hint: "use the SBOM that was written with this layout",
    context: { file: path },
  });
}
