import { shortIdentity, type IndexRecord, type StoredPackage } from "@apkmill/apk";
import { digestOf } from "@apkmill/core";

/**
 * A package of installed size 0, from its record alone: apk never fetches one, and a virtual package has no file. Undefined
 * for packages that have something to be fetched.
 */
export function metaPackage(record: IndexRecord): StoredPackage | undefined {
  if (record.installedSizeBytes !== 0) return undefined;
  const nothing = { digest: digestOf(Buffer.alloc(0)), sizeBytes: 0 };
  return {
    format: "v2",
    identity: shortIdentity(record.checksum),
    control: { ...record, replaces: [], replacesPriority: 0, triggers: [], dataHash: "" },
    scripts: new Map(),
    data: nothing,
    apkSizeBytes: record.sizeBytes,
    contents: { diffId: nothing.digest, unpackedSizeBytes: 0, entries: [] },
  };
}
