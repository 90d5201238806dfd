import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pathExists, type Limits, type Ports } from "@apkmill/core";
import { openImageTar } from "./image-tar.ts";
import { directoryFiles, readLayout, requireVersion } from "./layout-read.ts";
import { OciError } from "./oci-error.ts";
import type { OpenedImage } from "./opened-image.ts";
import { parseReference } from "./reference.ts";
import { openRegistryImage } from "./registry-image.ts";
import type { RegistryPorts, TransportOptions } from "./registry-transport.ts";

/**
 * Opens an image that a user names: the directory of a layout, a tar, or a reference to a registry. What stands on disk under that
 * name comes first. A reference must name its registry, or have a tag or digest, so that a mistyped path asks nobody.
 * @throws OciError LAYOUT_MISSING, LAYOUT_MALFORMED, LAYOUT_CONTENT, REFERENCE_MALFORMED, REGISTRY_… · ArchiveError · CoreError
 */
export async function openImage(
  ports: RegistryPorts & Pick<Ports, "store">,
  text: string,
  options: TransportOptions = {},
): Promise<OpenedImage> {
  const found = await stat(text).catch(() => undefined);
  if (found?.isDirectory() === true) return openLayoutDirectory(text, ports.limits);
  if (found !== undefined) return openImageTar(text, ports.limits);
  if (isReference(text)) return openRegistryImage(ports, parseReference(text), options);
  throw new OciError("LAYOUT_MISSING", `there is no layout and no tar at ${text}`, {
    hint: "name a layout directory, a tar, or an image as registry/repository:tag",
    context: { path: text },
  });
}

async function openLayoutDirectory(path: string, limits: Limits): Promise<OpenedImage> {
  const files = directoryFiles(path);
  if (!(await pathExists(join(path, "oci-layout"))))
    throw new OciError("LAYOUT_MALFORMED", `${path} is a directory without oci-layout`, {
      hint: "name the directory that image build wrote",
      context: { path },
    });
  await requireVersion(files, limits);
  return readLayout(files, limits);
}

function isReference(text: string): boolean {
  if (/^[./~]|\/$|\.(tar|tar\.gz|tgz)$/.test(text)) return false;
  const [first = ""] = text.split("/");
  return /[:@]/.test(text) || (first !== text && (first.includes(".") || first === "localhost"));
}
