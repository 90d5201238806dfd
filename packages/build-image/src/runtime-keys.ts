import { baseNameOf } from "@apkmill/rootfs";
import type { ImageConfig } from "@apkmill/config";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import type { ReadText } from "./put-file.ts";

/**
 * Refuses a key of `contents.runtime_keyring` under whose name a package brings another one (reference apko §1.8): the package's
 * stays, so that the image would not trust what it was told to.
 * @throws ImageError IMAGE_KEY
 */
export async function requireRuntimeKeys(
  tree: ImageTree,
  { contents }: ImageConfig,
  readText: ReadText,
): Promise<void> {
  for (const { name, content } of contents.runtimeKeyring) {
    const path = `etc/apk/keys/${baseNameOf(name)}`;
    if (tree.follow(path)?.source.kind === "generated") continue;
    if ((await readText(path))?.trim() === content.trim()) continue;
    throw new ImageError("IMAGE_KEY", `contents.runtime_keyring: ${name} is also a key of a package, another one`, {
      hint: "give the key another name",
      context: { path },
    });
  }
}
