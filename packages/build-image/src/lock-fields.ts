import { reasonOf, requireWithin } from "@apkmill/core";
import { ImageError } from "./image-error.ts";

/**
 * Reads the fields of a JSON value from outside, and collects what is wrong by the path of the field: one run names all of it. A wrong
 * field reads as an empty one.
 */
export interface FieldReader {
  /** The value of an object's field; an absent object has none. */
  at(value: unknown, key: string): unknown;
  text(value: unknown, path: string): string;
  /** "" where it is absent. */
  optionalText(value: unknown, path: string): string;
  count(value: unknown, path: string): number;
  flag(value: unknown, path: string): boolean;
  /** Empty where it is absent: Go writes an empty list as null. */
  list<Item>(value: unknown, path: string, read: (item: unknown, path: string) => Item): Item[];
  /** False when it is no object, which is then among the problems. */
  object(value: unknown, path: string): boolean;
  add(path: string, problem: string): void;
}

/** Enough to see what is wrong with the file; a file of another kind would have one for each line. */
const mostProblems = 20;

/**
 * Lists, objects and what they hold. Each costs up to 300 bytes of memory, however short its text is. A package has 24 of them: this is
 * for two thousand packages of each of nine architectures, and room.
 */
const mostValues = 500_000;

/**
 * Text → what `read` makes of it, which is stopped where so much is wrong that nobody reads on. `what` names the file in messages.
 * @throws ImageError IMAGE_LOCK_FORMAT with each wrong field, or with the position where it is no JSON · CoreError LIMIT_EXCEEDED
 */
export function readFields<Value>(
  text: string,
  what: string,
  read: (root: unknown, fields: FieldReader) => Value,
): Value {
  requireWithin(`${what}: values`, countValues(text), mostValues);
  const problems: ImageError[] = [];
  const add = (path: string, problem: string): void => {
    problems.push(new ImageError("IMAGE_LOCK_FORMAT", `${path}: ${problem}`));
    if (problems.length === mostProblems) throw unreadable(what, problems);
  };
  const value = read(parseJson(text, what), fieldReader(add));
  if (problems.length > 0) throw unreadable(what, problems);
  return value;
}

function unreadable(what: string, problems: readonly ImageError[]): ImageError {
  return new ImageError("IMAGE_LOCK_FORMAT", "some fields cannot be read as those of a lock", {
    hint: "write it anew with `apkmill image lock`",
    context: { file: what },
    problems,
  });
}

/** By the signs that a value begins with or stands behind, before the parser makes something of each; of those in texts there are few. */
function countValues(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const sign = text[index];
    if (sign === "[" || sign === "{" || sign === ",") count += 1;
  }
  return count;
}

function fieldReader(add: FieldReader["add"]): FieldReader {
  const refuse = <Value>(path: string, expected: string, found: unknown, instead: Value): Value => {
    add(path, `expected ${expected}, found ${kindOf(found)}`);
    return instead;
  };
  const text = (value: unknown, path: string): string =>
    typeof value === "string" ? value : refuse(path, "a text", value, "");
  return {
    at: (value, key) => (isObject(value) ? value[key] : undefined),
    text,
    optionalText: (value, path) => (value === undefined || value === null ? "" : text(value, path)),
    count: (value, path) =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= 0
        ? value
        : refuse(path, "a whole number", value, 0),
    flag: (value, path) => (typeof value === "boolean" ? value : refuse(path, "true or false", value, false)),
    list: (value, path, read) => {
      if (value === undefined || value === null) return [];
      if (!Array.isArray(value)) return refuse(path, "a list", value, []);
      return value.map((item: unknown, index) => read(item, `${path}[${String(index)}]`));
    },
    object: (value, path) => isObject(value) || refuse(path, "an object", value, false),
    add,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = reasonOf(cause).replace(/\s+/g, " ");
    throw new ImageError("IMAGE_LOCK_FORMAT", `a lock is JSON, and this is none: ${reason}`, {
      hint: "write it anew with `apkmill image lock`",
      context: { file: what, ...placeOf(text, reason) },
    });
  }
}

/** The parser either says where, or quotes what it found. */
function placeOf(text: string, reason: string): { readonly line?: number; readonly column?: number } {
  const position = /end of JSON/.test(reason) ? String(text.length) : / at position (\d+)/.exec(reason)?.[1];
  if (position === undefined) return {};
  const lines = text.slice(0, Number(position)).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** A prefix and so many bytes in base64, in its one proper spelling. */
export function isHash(text: string, prefix: string, bytes: number): boolean {
  const decoded = Buffer.from(text.slice(prefix.length), "base64");
  return decoded.length === bytes && text === `${prefix}${decoded.toString("base64")}`;
}

/** A text of a lock in a message. */
export function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
