import { parsePublicKey, type Keyring, type PublicKey } from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import { baseNameOf } from "@apkmill/rootfs";
import { atValue } from "./at-value.ts";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import type { ReadText } from "./put-file.ts";

/**
 * The keys of the image's own `etc/apk/keys`: those that the build trusted, and those for the running image only.
 * @throws ImageError IMAGE_KEY for two keys of one name, or in one entry · ApkError KEY_FORMAT
 */
export function imageKeys(config: ImageConfig, { keys }: Keyring): Pick<PublicKey, "name" | "pem">[] {
  const added = config.contents.runtimeKeyring.map(({ name, content }) =>
    atValue(config, "contents.runtime_keyring", name, () => runtimeKey(name, content)),
  );
  const collision = added.find(({ name, key }) => keys.get(name)?.key.equals(key) === false);
  if (collision !== undefined) throw anotherKey(collision.name, "the build");
  return [...keys.values(), ...added.filter(({ name }) => !keys.has(name))];
}

/** Written anew, without what stood around it. Of several keys in one file apk reads the first only, and another block may be a secret. */
function runtimeKey(name: string, content: string): PublicKey {
  const blocks = content.split("-----BEGIN ").length - 1;
  if (blocks > 1) {
    throw new ImageError("IMAGE_KEY", `contents.runtime_keyring: ${name} has ${String(blocks)} blocks of PEM`, {
      hint: "give each public key an entry of its own, and nothing else",
    });
  }
  const { key } = parsePublicKey(name, content);
  return { name, pem: key.export({ type: "spki", format: "pem" }).toString(), key };
}

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
    if ((await readText(path))?.trim() !== content.trim()) throw anotherKey(name, "a package", path);
  }
}

function anotherKey(name: string, holder: string, path?: string): ImageError {
  return new ImageError("IMAGE_KEY", `contents.runtime_keyring: ${name} is also a key of ${holder}, another one`, {
    hint: "give the key another name",
    ...(path === undefined ? {} : { context: { path } }),
  });
}
