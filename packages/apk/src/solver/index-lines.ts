import { ApkError } from "../apk-error.ts";
import type { IndexRecord } from "../package-info.ts";

/** What a search reads of an index that is there as records only, such as that of the packages which a build has just made. */
export function linesOfRecords(records: readonly IndexRecord[], what: string): Buffer {
  return Buffer.from(records.map((record) => linesOf(record, what)).join(""));
}

/** The fields of a record in the order in which apk meets them. */
function linesOf(record: IndexRecord, what: string): string {
  const { checksum, name, version, arch, installedSizeBytes, providerPriority } = record;
  const { depends, provides, installIf, problem } = record;
  const lines = [
    ...(checksum === "" ? [] : [`C:${checksum}`]),
    `P:${name}`,
    `V:${version}`,
    ...(arch === "" ? [] : [`A:${arch}`]),
    `I:${installedSizeBytes}`,
    `k:${providerPriority}`,
    `D:${depends.join(" ")}`,
    `p:${provides.join(" ")}`,
    `i:${installIf.join(" ")}`,
    // A field that nobody knows makes a package uninstallable.
    ...(problem === undefined ? [] : ["X:"]),
  ];
  if (!lines.some((line) => line.includes("\n"))) return `${lines.join("\n")}\n\n`;
  throw new ApkError("INDEX_FORMAT", `${what}: record ${name}: a field has a line break in it`);
}
