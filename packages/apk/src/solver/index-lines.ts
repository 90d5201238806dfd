import { ApkError } from "../apk-error.ts";
import type { IndexRecord } from "../package-info.ts";
import { readIndexTable, type IndexTable } from "./index-table.ts";

/** The table of an index that is there as records only, such as that of the packages which a build has just made. */
export function tableOfRecords(records: readonly IndexRecord[], what: string): IndexTable {
  const table = readIndexTable(Buffer.from(records.map(linesOf).join("")), what);
  if (table.size === records.length) return table;
  throw new ApkError("INDEX_FORMAT", `${what}: a field of its records has an empty line in it`);
}

/** What a search reads of a record, in the order in which apk meets it. */
function linesOf(record: IndexRecord): string {
  const { checksum, name, version, arch, providerPriority, depends, provides, installIf, problem } = record;
  const lines = [
    ...(checksum === "" ? [] : [`C:${checksum}`]),
    `P:${name}`,
    `V:${version}`,
    ...(arch === "" ? [] : [`A:${arch}`]),
    `k:${providerPriority}`,
    `D:${depends.join(" ")}`,
    `p:${provides.join(" ")}`,
    `i:${installIf.join(" ")}`,
    // A field that nobody knows makes a package uninstallable.
    ...(problem === undefined ? [] : ["X:"]),
  ];
  return `${lines.join("\n")}\n\n`;
}
