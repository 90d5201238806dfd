import type { Limits } from "@apkmill/core";
import { requireWithin } from "@apkmill/core";
import type { IndexRecord } from "../package-info.ts";
import { parseContainer, type AdbContainer } from "./container.ts";
import { DependencyTexts } from "./dependency-text.ts";
import { fileSizeOf, hashesOf, readPackageInfo } from "./package-fields.ts";
import type { Subject } from "./subject.ts";
import { unwrapBytes } from "./unwrap-bytes.ts";
import { AdbValues, type AdbNode } from "./values.ts";

/** An index in the v3 format, read; its signatures are not judged. */
export interface AdbIndex extends AdbContainer {
  readonly description: string;
  /** How the file of a package is called, `${name}-${version}.apk` or the like; undefined when nothing is said. */
  readonly packageSpec: string | undefined;
  readonly records: readonly IndexRecord[];
}

/** Slots of an index. */
const [description, packages, packageSpec] = [1, 2, 3];

/** The index in the bytes of a file. @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED */
export function readAdbIndex(file: Buffer, limits: Limits, what: string): AdbIndex {
  const subject: Subject = { kind: "INDEX", what };
  const container = parseContainer(
    unwrapBytes(file, subject, { limitBytes: limits.indexBytes, ratio: limits.indexRatio }),
    subject,
  );
  const values = new AdbValues(container.payload, subject);
  const root = values.root();
  const spec = root.text(packageSpec);
  return {
    ...container,
    description: root.text(description),
    packageSpec: spec === "" ? undefined : spec,
    records: readRecords(values, root.node(packages), limits, what),
  };
}

function readRecords(values: AdbValues, list: AdbNode | undefined, limits: Limits, what: string): IndexRecord[] {
  const lists = new DependencyTexts(values);
  const records: IndexRecord[] = [];
  let textBytes = 0;
  let items = 0;
  for (const info of list?.objects() ?? []) {
    const record = readRecord(info, lists);
    // Records may share their lists: as text, which a resolver reads, they could be far larger than the file.
    requireWithin(`${what}: records`, records.length + 1, limits.records, "records");
    items += record.depends.length + record.provides.length + record.installIf.length;
    requireWithin(`${what}: dependencies and provided names`, items, limits.items, "items");
    textBytes += textSize(record, lists);
    requireWithin(`${what}: size as text`, textBytes, limits.indexBytes, "indexBytes");
    records.push(record);
  }
  return records;
}

function readRecord(info: AdbNode, lists: DependencyTexts): IndexRecord {
  const record: IndexRecord = {
    checksum: identityIn(info),
    ...readPackageInfo(info, lists),
    sizeBytes: fileSizeOf(info),
    problem: undefined,
  };
  if (record.name === "" || record.version === "") return info.refuse("a package has no name or no version");
  return record;
}

/** Of a v3 package the SHA-256 of its metadata or the first 20 bytes of it, of a v2 package its SHA-1. */
function identityIn(info: AdbNode): string {
  const hash = hashesOf(info);
  if (hash === undefined) return "";
  if (hash.length === 20) return `Q1${hash.toString("base64")}`;
  if (hash.length === 32) return `Q2${hash.toString("base64")}`;
  return info.refuse(`expected an identity of 20 or 32 bytes, found ${String(hash.length)}`);
}

function textSize(record: IndexRecord, lists: DependencyTexts): number {
  const { name, version, description, license, origin, maintainer, url, depends, provides, installIf } = record;
  const texts = [name, version, description, license, origin, maintainer, url];
  return (
    texts.reduce((sum, text) => sum + text.length, 100) +
    lists.sizeOf(depends) +
    lists.sizeOf(provides) +
    lists.sizeOf(installIf)
  );
}
