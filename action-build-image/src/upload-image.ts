import { dirname } from "node:path";
import { uploadFiles, uploadFolder, type UploadedArtifact } from "@apkmill/action-kit";
import type { BuiltImage } from "@apkmill/build-image";

/** Uploads a layout, which holds its SBOMs, or a tar with the SBOMs beside it; undefined without a name. @throws ActionError ACTION_ARTIFACT */
export async function uploadImage(name: string, image: BuiltImage): Promise<UploadedArtifact | undefined> {
  if (name === "") return undefined;
  if (!image.layout.endsWith(".tar")) return uploadFolder(name, image.layout);
  const paths = image.platforms.flatMap(({ sboms = {} }) => Object.values(sboms));
  return uploadFiles(name, [image.layout, ...paths], dirname(image.layout));
}
