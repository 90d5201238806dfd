import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { fetchPackages, toApkArch } from "@apkmill/apk";
import { gunzip } from "@apkmill/archive";
import { writeAside, writeFileAside, type Digest, type Ports } from "@apkmill/core";
import type { SbomFormat } from "@apkmill/sbom";
import type { ImageOptions } from "./build-options.ts";
import { buildPlatform, pinOf, type BuiltPlatform } from "./build-platform.ts";
import { planPlatform } from "./plan-platform.ts";
import { ImageError } from "./image-error.ts";
import type { ImageInputs } from "./image-inputs.ts";
import { shortName } from "./image-name.ts";
import { describeSboms, sbomPaths } from "./image-sboms.ts";
import { resolveImage } from "./resolve-image.ts";
import { findLayer } from "./stored-layer.ts";

export interface MinirootfsOptions extends Omit<ImageOptions, "archs" | "layering" | "compression"> {
  /** In any spelling. */
  readonly arch: string;
  /** The tar; one that ends in `.gz` or `.tgz` is compressed. */
  readonly output: string;
  /** Where SBOM files go; none are written when it is left out. */
  readonly sbomPath?: string;
  /** Default `spdx`. */
  readonly sbomFormats?: readonly SbomFormat[];
  /** Resolve, fetch and plan; write nothing outside the store. */
  readonly dryRun?: boolean;
}

export interface BuiltMinirootfs {
  readonly path: string;
  /** apk's name. */
  readonly arch: string;
  /** `name=version`, in install order. */
  readonly packages: readonly string[];
  /** Of the file; undefined for a dry run, as is its size. */
  readonly digest: Digest | undefined;
  readonly sizeBytes: number | undefined;
  /** Paths of the SBOMs by their formats. */
  readonly sboms: Readonly<Partial<Record<SbomFormat, string>>>;
}

/**
 * Writes the root file system of an image as one tar: the layer of `--layering single`, so it is the tree that every other layering
 * unpacks to (reference apko, Appendix C). What was packed once is in the store, and is not packed again.
 * @throws ImageError, and the errors of configuration, repositories, resolver and install plan · CoreError FILE_UNWRITABLE
 */
export async function buildMinirootfs(ports: Ports, options: MinirootfsOptions): Promise<BuiltMinirootfs> {
  const { output, sbomPath } = options;
  const arch = toApkArch(options.arch);
  const { inputs, resolved } = await resolveImage(ports, { ...options, archs: [arch], layering: "single" });
  warnOfArchs(ports, inputs, arch);
  const packages = await fetchPackages(ports, resolved.packages.get(arch) ?? []);
  const plan = await planPlatform(ports, inputs, resolved, arch, packages);
  const described = { path: output, arch, packages: plan.packages.map(pinOf) };
  if (options.dryRun === true) return { ...described, digest: undefined, sizeBytes: undefined, sboms: {} };
  const built = await buildPlatform(ports, inputs, plan);
  const written = await writeRoot(ports, built, output);
  if (sbomPath === undefined) return { ...described, ...written, sboms: {} };
  return {
    ...described,
    ...written,
    sboms: await writeSboms(ports, inputs, options, asWritten(built, written), sbomPath),
  };
}

/** As apko: the configuration's architectures are for images, and one root has one. */
function warnOfArchs({ log }: Pick<Ports, "log">, { config }: ImageInputs, arch: string): void {
  if (config.archs.length === 0 || config.archs.map(toApkArch).includes(arch)) return;
  log.warn(`the configuration is for ${config.archs.join(", ")}; the root is built for ${arch}`);
}

interface WrittenRoot {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

async function writeRoot(
  { store, limits }: Ports,
  { base, manifest }: BuiltPlatform,
  output: string,
): Promise<WrittenRoot> {
  const [layer, ...others] = manifest.layers;
  if (base !== undefined || layer === undefined || others.length > 0)
    throw new ImageError("IMAGE_UNSUPPORTED", "a root on a base image cannot be written as one tar", {
      hint: "build an image, and unpack it with a container runtime",
    });
  const packed = createReadStream(await findLayer(store, layer.digest), { highWaterMark: 1 << 20 });
  const { dataBytes: limitBytes, unpackRatio: ratio } = limits;
  return writeStream(output, isCompressed(output) ? packed : gunzip(packed, { what: output, limitBytes, ratio }));
}

function isCompressed(output: string): boolean {
  return /\.(gz|tgz)$/.test(output);
}

async function writeStream(path: string, source: AsyncIterable<Uint8Array>): Promise<WrittenRoot> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  await writeAside(path, async (handle) => {
    for await (const chunk of source) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await handle.writeFile(chunk);
    }
  });
  return { digest: `sha256:${hash.digest("hex")}`, sizeBytes };
}

/** What SBOMs are to describe is the file: the manifest and its layer were planned, and are nowhere. */
function asWritten(built: BuiltPlatform, { digest, sizeBytes }: WrittenRoot): BuiltPlatform {
  const descriptor = { ...built.descriptor, digest, size: sizeBytes };
  return { ...built, descriptor, manifest: { ...built.manifest, layers: [] } };
}

/** Those of the platform: there is no index of several. */
async function writeSboms(
  ports: Ports,
  inputs: ImageInputs,
  { configPath, sbomFormats }: MinirootfsOptions,
  built: BuiltPlatform,
  folder: string,
): Promise<BuiltMinirootfs["sboms"]> {
  const name = shortName(inputs.name, configPath);
  const vendor = inputs.annotations["org.opencontainers.image.vendor"];
  const digest = built.descriptor.digest;
  const request = { name, digest, platforms: [built], vcs: inputs.vcs, vendor, formats: sbomFormats };
  const files = await describeSboms(ports, request);
  const paths = sbomPaths(folder, built.arch, sbomFormats);
  for (const [file, text] of files)
    if (Object.values(paths).includes(join(folder, file))) await writeFileAside(join(folder, file), text);
  return paths;
}
