import { createReadStream } from "node:fs";
import { defaultLimits, readFileWithin, writeAside, writeFileAside, type Limits } from "@apkmill/core";
import { readIndex, signIndexContent } from "./index-file.ts";
import type { SigningKey } from "./keys.ts";
import { openPackageFile } from "./package-file.ts";
import { hashingSink, readPackage } from "./package-reader.ts";
import { encodeSignatureMember } from "./signature.ts";

/**
 * Signs a package file in place, replacing the signatures it has. Control and data keep their bytes, so identity and
 * datahash stay. A package whose data is not what it says is refused: a signature would vouch for it.
 * @throws ApkError APK_DATA_HASH, APK_FILE_HASH, APK_FORMAT, APK_CONTROL, APK_MISSING · CoreError FILE_UNWRITABLE
 */
export async function signPackage(path: string, key: SigningKey, limits: Limits = defaultLimits): Promise<void> {
  const file = await openPackageFile(path);
  const { head } = await readPackage(file.read(), {
    what: path,
    limits,
    sizeHintBytes: file.sizeBytes,
    sink: hashingSink(path),
    requireHead: () => undefined,
  });
  const signature = await encodeSignatureMember(head.controlMember, [key], head.mtime);
  const start = head.raw.length - head.controlMember.length;
  await writeAside(path, async (handle) => {
    await handle.writeFile(signature);
    await handle.writeFile(createReadStream(path, { start, highWaterMark: 1 << 20 }));
  });
}

/**
 * Signs an index file in place, replacing the signatures it has; what it lists keeps its bytes.
 * @throws ApkError INDEX_FORMAT · CoreError FILE_UNREADABLE, FILE_UNWRITABLE, LIMIT_EXCEEDED
 */
export async function signIndex(path: string, key: SigningKey, limits: Limits = defaultLimits): Promise<void> {
  const { signed } = readIndex(await readFileWithin(path, limits.indexBytes), { limits, what: path });
  await writeFileAside(path, await signIndexContent(signed, [key]));
}
