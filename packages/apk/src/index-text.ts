import { compareBytes } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import type { IndexRecord } from "./package-info.ts";
import { compareVersions } from "./version.ts";

/**
 * The text of an APKINDEX: `X:value` lines, records separated by an empty line (reference apk-formats A4).
 * Read in one pass over the text; a line may be 72 KB long, a text 10 MB with 20,000 records.
 */

/** The records in the order they stand. `what` names the index in messages. @throws ApkError INDEX_FORMAT */
export function parseIndexText(text: string, what = "APKINDEX"): IndexRecord[] {
  const records: IndexRecord[] = [];
  let draft: Draft | undefined;
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    if (end === start) {
      if (draft !== undefined) records.push(finish(draft, what));
      draft = undefined;
    } else {
      draft ??= emptyDraft();
      if (text.charCodeAt(start + 1) !== 0x3a) throw malformed(text, start, end, what);
      takeField(draft, text.charCodeAt(start), text.slice(start + 2, end), what);
    }
    start = end + 1;
  }
  if (draft !== undefined) records.push(finish(draft, what));
  return records;
}

type Draft = { -readonly [Key in keyof IndexRecord]: IndexRecord[Key] };

const none: readonly string[] = [];

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

const code = (letter: string): number => letter.charCodeAt(0);
const C = code("C");
const P = code("P");
const V = code("V");
const A = code("A");
const S = code("S");
const I = code("I");
const T = code("T");
const U = code("U");
const L = code("L");
const o = code("o");
const m = code("m");
const t = code("t");
const c = code("c");
const k = code("k");
const D = code("D");
const p = code("p");
const i = code("i");
/** Upper-case letters of the installed database, which apk ignores in an index. */
const installedOnly = new Set(["F", "M", "R", "Z"].map(code));

function takeField(draft: Draft, letter: number, value: string, what: string): void {
  switch (letter) {
    case C:
      draft.checksum = value;
      break;
    case P:
      draft.name = value;
      break;
    case V:
      draft.version = value;
      break;
    case A:
      draft.arch = value;
      break;
    case S:
      draft.sizeBytes = parseNumber(value, draft, what);
      break;
    case I:
      draft.installedSizeBytes = parseNumber(value, draft, what);
      break;
    case T:
      draft.description = value;
      break;
    case U:
      draft.url = value;
      break;
    case L:
      draft.license = value;
      break;
    case o:
      draft.origin = value;
      break;
    case m:
      draft.maintainer = value;
      break;
    case t:
      draft.buildTime = parseNumber(value, draft, what);
      break;
    case c:
      draft.commit = value;
      break;
    case k:
      draft.providerPriority = parseNumber(value, draft, what);
      break;
    case D:
      draft.depends = append(draft.depends, value);
      break;
    case p:
      draft.provides = append(draft.provides, value);
      break;
    case i:
      draft.installIf = append(draft.installIf, value);
      break;
    default:
      // A new upper-case field is one that a reader must understand to install the package; lower case may be skipped.
      if (letter >= A && letter <= 0x5a && !installedOnly.has(letter)) {
        draft.problem = `its index record has a field ${String.fromCharCode(letter)} that is not known`;
      }
  }
}

/** A letter's lines add up. Most lists are written in one line. */
function append(items: readonly string[], value: string): readonly string[] {
  if (value === "") return items;
  let added = value.split(" ");
  if (added.includes("")) added = added.filter((item) => item !== "");
  return items.length === 0 ? added : [...items, ...added];
}

function parseNumber(value: string, draft: Draft, what: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new ApkError(
    "INDEX_FORMAT",
    `${what}: record ${draft.name}: expected a number, found ${JSON.stringify(value)}`,
  );
}

function finish(draft: Draft, what: string): IndexRecord {
  if (draft.name !== "" && draft.version !== "") return draft;
  throw new ApkError(
    "INDEX_FORMAT",
    `${what}: record ${draft.name || "without a name"}: no ${draft.name === "" ? "P" : "V"} line`,
  );
}

function malformed(text: string, start: number, end: number, what: string): ApkError {
  const line = text.slice(0, start).split("\n").length;
  const found = JSON.stringify(text.slice(start, Math.min(end, start + 60)));
  return new ApkError("INDEX_FORMAT", `${what}: line ${String(line)}: expected LETTER:VALUE, found ${found}`);
}

/** The text of an index: records in the order given, fields in melange's, empty ones left out but for the description. */
export function formatIndexText(records: readonly IndexRecord[]): string {
  return records.map(formatRecord).join("");
}

function formatRecord(record: IndexRecord): string {
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
  return `${lines.join("\n")}\n\n`;
}

function field(letter: string, value: string | number): string[] {
  return value === "" || value === 0 ? [] : [`${letter}:${String(value)}`];
}

/**
 * Index order: by name (code units), then by version as apk compares it; equal versions in two spellings by code units,
 * then by identity. The same set always gives the same index.
 */
export function compareRecords(a: IndexRecord, b: IndexRecord): number {
  return (
    compareBytes(a.name, b.name) ||
    compareVersions(a.version, b.version) ||
    compareBytes(a.version, b.version) ||
    compareBytes(a.checksum, b.checksum)
  );
}
