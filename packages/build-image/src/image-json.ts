import { compareBytes } from "@apkmill/core";

/** The bytes of a manifest, index or configuration: fields in the order in which they were put together, no white space. */
export function imageJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** The same record with its keys in code-unit order, so that its JSON is the same whatever order they came in. */
export function sortedRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => compareBytes(a, b)));
}

/** RFC 3339 in UTC, whole seconds. */
export function imageTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.000Z$/, "Z");
}
