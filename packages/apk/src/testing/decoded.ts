import { readIndex, requireIndexSigner } from "../index-file.ts";
import type { Keyring } from "../keys.ts";
import { verifyPackageFile } from "../verify-package.ts";

/** All that a file says, as text to compare: two files that say the same give the same text. */

const noKeys: Keyring = { keys: new Map() };

/** What a package says. With a keyring it must be signed, and who signed it belongs to what it says. */
export async function decodedPackage(path: string, keyring: Keyring | undefined): Promise<string> {
  const allowUntrusted = keyring === undefined;
  const found = await verifyPackageFile(path, keyring ?? noKeys, undefined, { allowUntrusted });
  const { format, control, scripts, entries } = found;
  return plainText(keyring === undefined ? { format, control, scripts, entries } : { ...found, sizeBytes: undefined });
}

/** What an index says. */
export function decodedIndex(bytes: Buffer, keyring: Keyring | undefined): string {
  const index = readIndex(bytes);
  const signer = keyring === undefined ? undefined : requireIndexSigner(index, keyring, "index");
  return plainText({ description: index.description, records: index.records, signer });
}

function plainText(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (member instanceof Map) return [...(member as Map<unknown, unknown>)];
    return member instanceof Uint8Array ? Buffer.from(member).toString("hex") : member;
  });
}
