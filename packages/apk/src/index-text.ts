import { compareBytes, defaultLimits, requireWithin, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import type { IndexRecord } from "./package-info.ts";
import { compareVersions } from "./version.ts";

/**
 * The text of an APKINDEX: `X:value` lines, records separated by an empty line (reference apk-formats A4).
 * Read in one pass over the text; a line may be 72 KB long, a text 10 MB with 20,000 records.
 */

/**
 * The records in the order they stand. `what` names the index in messages.
 * @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED
 */
export function parseIndexText(
  text: string,
  what = "APKINDEX",
  limits: Pick<Limits, "records" | "items"> = defaultLimits,
): IndexRecord[] {
  const records: IndexRecord[] = [];
  let items = 0;
  const keep = (record: Draft): void => {
    requireNamed(record, text, start, what);
    records.push(record);
    items += record.depends.length + record.provides.length + record.installIf.length;
    requireWithin(`${what}: records`, records.length, limits.records, "records");
    requireWithin(`${what}: dependencies and provided names`, items, limits.items, "items");
  };
  let draft: Draft | undefined;
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    if (end === start) {
      if (draft !== undefined) keep(draft);
      draft = undefined;
    } else {
      draft ??= emptyDraft();
      if (text.charCodeAt(start + 1) !== 0x3a) throw malformed(text, start, what, "LETTER:VALUE");
      const isTaken = takeField(draft, text.charCodeAt(start), text.slice(start + 2, end), what);
      if (!isTaken) throw malformed(text, start, what, "a number");
    }
    start = end + 1;
  }
  if (draft !== undefined) keep(draft);
  return records;
}

type Draft = {
  -readonly [Key in keyof IndexRecord]: IndexRecord[Key] extends readonly string[] ? string[] : IndexRecord[Key];
};

/** Shared by all records without a list; {@link append} adds to a list of one record only. */
const none: string[] = [];

/** Every record has all fields in one order: the engine then gives all of them one hidden class. */
function emptyDraft(): Draft {
  return {
    checksum: "",
    name: "",
    version: "",
    arch: "",
    sizeBytes: 0,
    installedSizeBytes: 0,
    description: "",
    url: "",
    license: "",
    origin: "",
    maintainer: "",
    commit: "",
    buildTime: 0,
    providerPriority: 0,
    depends: none,
    provides: none,
    installIf: none,
    problem: undefined,
  };
}

/** False for a number that is none. Letters are numbers here: so the engine finds a case without looking at those before it. */
function takeField(draft: Draft, letter: number, value: string, what: string): boolean {
  switch (letter) {
    case 0x43 /* C */:
      draft.checksum = value;
      break;
    case 0x50 /* P */:
      draft.name = value;
      break;
    case 0x56 /* V */:
      draft.version = value;
      break;
    case 0x41 /* A */:
      draft.arch = value;
      break;
    case 0x53 /* S */:
      return takeNumber(draft, "sizeBytes", value);
    case 0x49 /* I */:
      return takeNumber(draft, "installedSizeBytes", value);
    case 0x54 /* T */:
      draft.description = value;
      break;
    case 0x55 /* U */:
      draft.url = value;
      break;
    case 0x4c /* L */:
      draft.license = value;
      break;
    case 0x6f /* o */:
      draft.origin = value;
      break;
    case 0x6d /* m */:
      draft.maintainer = value;
      break;
    case 0x74 /* t */:
      return takeNumber(draft, "buildTime", value);
    case 0x63 /* c */:
      draft.commit = value;
      break;
    case 0x6b /* k */:
      return takeNumber(draft, "providerPriority", value);
    case 0x44 /* D */:
      draft.depends = append(draft.depends, value, what);
      break;
    case 0x70 /* p */:
      draft.provides = append(draft.provides, value, what);
      break;
    case 0x69 /* i */:
      draft.installIf = append(draft.installIf, value, what);
      break;
    // Of the installed database: apk ignores them in an index.
    case 0x46 /* F */:
    case 0x4d /* M */:
    case 0x52 /* R */:
    case 0x5a /* Z */:
      break;
    default:
      // A new upper-case field is one that a reader must understand to install the package; lower case may be skipped.
      if (letter >= 0x41 && letter <= 0x5a) {
        draft.problem = `its index record has a field ${String.fromCharCode(letter)} that is not known`;
      }
  }
  return true;
}

type NumberField = "sizeBytes" | "installedSizeBytes" | "buildTime" | "providerPriority";

function takeNumber(draft: Draft, field: NumberField, value: string): boolean {
  draft[field] = Number(value);
  return /^\d{1,15}$/.test(value);
}

/** Items of one list of one record. The longest known list (coq's provides) has 3,000. */
const mostListItems = 300_000;

/** A letter's lines add up. Most lists are written in one line. */
function append(items: string[], value: string, what: string): string[] {
  if (value === "") return items;
  let added = value.split(" ", mostListItems + 1);
  requireWithin(`${what}: items of one list`, items.length + added.length, mostListItems);
  if (added.includes("")) added = added.filter((item) => item !== "");
  if (items.length === 0) return added;
  for (const item of added) items.push(item);
  return items;
}

function requireNamed({ name, version }: Draft, text: string, end: number, what: string): void {
  if (name !== "" && version !== "") return;
  const missing = name === "" ? "P" : "V";
  const record = name === "" ? "a record" : `record ${name}`;
  throw new ApkError("INDEX_FORMAT", `${what}: line ${lineAt(text, end)}: ${record} ends without a line ${missing}`);
}

/** The error for the line of an index that begins at `start`. */
export function malformed(text: string, start: number, what: string, expected: string): ApkError {
  const line = text.slice(start, start + 60).split("\n", 1)[0];
  return new ApkError(
    "INDEX_FORMAT",
    `${what}: line ${lineAt(text, start)}: expected ${expected}, found ${JSON.stringify(line)}`,
  );
}

/** Lines are counted only when one is wrong. */
function lineAt(text: string, offset: number): string {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return String(line);
}

/** The text of an index: records in the order given, fields in melange's, empty ones left out but for the description. */
export function formatIndexText(records: readonly IndexRecord[]): string {
  return records.map((record) => `${formatRecord(record)}\n`).join("");
}

/** The lines of one record, without the empty one behind it. @throws ApkError INDEX_FORMAT */
export function formatRecord(record: IndexRecord): string {
  const lines = [
    `C:${record.checksum}`,
    `P:${record.name}`,
    `V:${record.version}`,
    ...field("A", record.arch),
    `S:${String(record.sizeBytes)}`,
    `I:${String(record.installedSizeBytes)}`,
    `T:${record.description}`,
    ...field("U", record.url),
    ...field("L", record.license),
    ...field("o", record.origin),
    ...field("m", record.maintainer),
    ...field("t", record.buildTime),
    ...field("c", record.commit),
    ...field("D", record.depends.join(" ")),
    ...field("i", record.installIf.join(" ")),
    ...field("p", record.provides.join(" ")),
    ...field("k", record.providerPriority),
  ];
  if (lines.some((line) => /[\n\r\0]/.test(line))) {
    throw new ApkError("INDEX_FORMAT", `package ${record.name}: a field of its index record has a line break in it`);
  }
  return `${lines.join("\n")}\n`;
}

function field(letter: string, value: string | number): string[] {
  return value === "" || value === 0 ? [] : [`${letter}:${String(value)}`];
}

/** What tells records apart. */
export type RecordKey = Pick<IndexRecord, "name" | "version" | "checksum">;

/**
 * Index order: by name (code units), then by version as apk compares it; equal versions in two spellings by code units,
 * then by identity. The same set always gives the same index.
 */
export function compareRecords(a: RecordKey, b: RecordKey): number {
  return (
    compareBytes(a.name, b.name) ||
    compareVersions(a.version, b.version) ||
    compareBytes(a.version, b.version) ||
    compareBytes(a.checksum, b.checksum)
  );
}
