import { ArchiveError } from "./archive-error.ts";

/**
 * PAX records (POSIX.1-2001 pax, "extended header keyword/value pairs"): `LENGTH KEY=VALUE\n`, where LENGTH counts the
 * whole record, itself included. Values are bytes: extended attributes are not text.
 */

/** Records in the order they stand; a repeated key keeps its last value. @throws ArchiveError ARCHIVE_TAR_FORMAT */
export function parsePaxRecords(bytes: Buffer, what: string): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  let offset = 0;
  while (offset < bytes.length) {
    const space = bytes.indexOf(0x20, offset);
    const digits = space === -1 ? "" : bytes.toString("latin1", offset, space);
    const end = /^[1-9][0-9]{0,9}$/.test(digits) ? offset + Number(digits) : 0;
    const equals = bytes.indexOf(0x3d, space + 1);
    const wellFormed = equals > space + 1 && equals < end - 1 && end <= bytes.length && bytes[end - 1] === 0x0a;
    if (!wellFormed) {
      throw new ArchiveError("ARCHIVE_TAR_FORMAT", `${what}: malformed PAX record at byte ${String(offset)}`);
    }
    records.set(bytes.toString("utf8", space + 1, equals), bytes.subarray(equals + 1, end - 1));
    offset = end;
  }
  return records;
}

/** The records as bytes, sorted by key (UTF-8 bytes), so that the same records give the same header. */
export function encodePaxRecords(records: ReadonlyMap<string, Uint8Array | string>): Buffer {
  const sorted = [...records]
    .map(([key, value]) => ({ key: Buffer.from(key), value: typeof value === "string" ? Buffer.from(value) : value }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(sorted.map(({ key, value }) => encodeRecord(key, value)));
}

function encodeRecord(key: Uint8Array, value: Uint8Array): Buffer {
  const fixed = key.length + value.length + 3;
  let length = fixed + String(fixed).length;
  if (String(length).length !== String(fixed).length) length += 1;
  return Buffer.concat([Buffer.from(`${String(length)} `), key, Buffer.from("="), value, Buffer.from("\n")]);
}
