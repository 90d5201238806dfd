import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { digestOf, hexOf, type Digest } from "@apkmill/core";
import { mediaTypes, type Descriptor } from "@apkmill/oci";

/** A small image for two platforms, in an OCI layout with its SBOMs beside it. */
export interface SyntheticImage {
  readonly layout: string;
  readonly digest: Digest;
  readonly platforms: Readonly<Record<"linux/amd64" | "linux/arm64", Digest>>;
  /** Every blob of the layout: index, manifests, configs and layers. */
  readonly blobs: readonly Digest[];
}

/** Writes the image to `directory`; `text` is in its layers, so that another text is another image. */
export async function writeSyntheticLayout(directory: string, text: string): Promise<SyntheticImage> {
  const layout = join(directory, "layout");
  const blobs: Digest[] = [];
  await mkdir(join(layout, "blobs", "sha256"), { recursive: true });
  const put = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const digest = digestOf(bytes);
    await writeFile(join(layout, "blobs", "sha256", hexOf(digest)), bytes);
    blobs.push(digest);
    return { mediaType, digest, size: bytes.byteLength };
  };
  const json = (mediaType: string, value: unknown): Promise<Descriptor> =>
    put(mediaType, Buffer.from(JSON.stringify(value)));
  const shared = gzipSync(tarOf("etc/motd", `shared ${text}`));
  const manifests: Descriptor[] = [];
  for (const [architecture, apkName] of [
    ["amd64", "x86_64"],
    ["arm64", "aarch64"],
  ] as const) {
    const own = gzipSync(tarOf("bin/tool", `${text} for ${architecture}`));
    const layers = [await put(mediaTypes.layerGzip, shared), await put(mediaTypes.layerGzip, own)];
    const diffIds = [
      digestOf(tarOf("etc/motd", `shared ${text}`)),
      digestOf(tarOf("bin/tool", `${text} for ${architecture}`)),
    ];
    const config = await json(mediaTypes.config, {
      architecture,
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: diffIds },
    });
    const manifest = await json(mediaTypes.manifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config,
      layers,
    });
    manifests.push({ ...manifest, platform: { architecture, os: "linux" } });
    await writeFile(join(directory, `sbom-${apkName}.spdx.json`), JSON.stringify(sbomOf(manifest.digest)));
  }
  const index = await json(mediaTypes.index, { schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  const top = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [index] };
  await writeFile(join(layout, "index.json"), JSON.stringify(top));
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const [amd64, arm64] = manifests.map(({ digest }) => digest);
  if (amd64 === undefined || arm64 === undefined) throw new RangeError("two platforms are written above");
  return { layout, digest: index.digest, platforms: { "linux/amd64": amd64, "linux/arm64": arm64 }, blobs };
}

/** The least SPDX document that describes an image. */
export function sbomOf(digest: Digest): unknown {
  return {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: digest,
    documentDescribes: ["SPDXRef-Image"],
    packages: [{ SPDXID: "SPDXRef-Image", name: digest, versionInfo: digest }],
  };
}

/** A ustar archive of one file. */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  const body = Buffer.from(content);
  const put = (text: string, at: number): void => void header.write(text, at, "latin1");
  put(name, 0);
  put("0000755\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  put(`${body.byteLength.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        ", 148);
  put("0", 156);
  put("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((512 - (body.byteLength % 512)) % 512);
  return Buffer.concat([header, body, padding, Buffer.alloc(1024)]);
}
