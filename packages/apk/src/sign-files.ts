import { createReadStream } from "node:fs";
import { stat, type FileHandle } from "node:fs/promises";
import { defaultLimits, readFileWithin, writeAside, writeFileAside, type Limits } from "@apkmill/core";
import type { SigningKey } from "./keys.ts";
import { parseIndexText } from "./index-text.ts";
import { openPackageFile } from "./package-file.ts";
import { readPackage } from "./package-reader.ts";
import { encodeSignatureMember } from "./signature.ts";
import { openTextIndex, signIndexContent, type TextIndexFile } from "./text-index.ts";

export interface SignOptions {
  /** What becomes of the signatures that are there: gone (the default), or behind the new ones; of one name the new one stays. */
  readonly keep?: boolean;
}

/**
 * Signs a package file in place with every key. Control and data keep their bytes, so identity and datahash stay.
 * A package whose data is not what it says is refused: a signature would vouch for it.
 * @throws ApkError APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, APK_CONTROL, APK_UNSUPPORTED (v3), APK_MISSING, KEY_FORMAT
 *   · CoreError FILE_UNWRITABLE
 */
export async function signPackage(
  path: string,
  keys: SigningKey | readonly SigningKey[],
  limits: Limits = defaultLimits,
  { keep = false }: SignOptions = {},
): Promise<void> {
  const file = await openPackageFile(path);
  const { head } = await readPackage(file.read(), {
    what: path,
    limits,
    requireHead: () => undefined,
  });
  const kept = keep ? head.signatures : [];
  const signature = await encodeSignatureMember(head.controlMember, [keys].flat(), head.mtime, kept);
  const start = head.raw.length - head.controlMember.length;
  const fill = async (handle: FileHandle): Promise<void> => {
    await handle.writeFile(signature);
    await handle.writeFile(createReadStream(path, { start, highWaterMark: 1 << 20 }));
  };
  await writeAside(path, fill, await modeOf(path));
}

/**
 * Signs an index file in place with every key; what it lists keeps its bytes.
 * @throws ApkError INDEX_FORMAT, APK_UNSUPPORTED (v3), KEY_FORMAT · CoreError FILE_UNREADABLE, FILE_UNWRITABLE, LIMIT_EXCEEDED
 */
export async function signIndex(
  path: string,
  keys: SigningKey | readonly SigningKey[],
  limits: Limits = defaultLimits,
  { keep = false }: SignOptions = {},
): Promise<void> {
  const { signed, signatures } = openIndexToSign(
    await readFileWithin(path, limits.indexBytes, "indexBytes"),
    limits,
    path,
  );
  const kept = keep ? signatures : [];
  await writeFileAside(path, await signIndexContent(signed, [keys].flat(), kept), await modeOf(path));
}

/** The names of the keys that signed an index, whether or not the signatures hold. @throws as {@link signIndex} */
export async function indexSigners(path: string, limits: Limits = defaultLimits): Promise<string[]> {
  const { signatures } = openIndexToSign(await readFileWithin(path, limits.indexBytes, "indexBytes"), limits, path);
  return signatures.map(({ keyName }) => keyName);
}

/** A signature vouches for what is listed: it must be an index that can be read. */
function openIndexToSign(bytes: Buffer, limits: Limits, path: string): TextIndexFile {
  const index = openTextIndex(bytes, limits, path);
  parseIndexText(index.text.toString("utf8"), path, limits);
  return index;
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}
