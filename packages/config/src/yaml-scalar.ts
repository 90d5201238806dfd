import type { Scalar } from "yaml";

/**
 * What is a scalar of a YAML file? The answer of yaml.v3, the library that melange and apko read their files with: the scalars
 * of YAML 1.2's core schema, octal numbers in the spelling of YAML 1.1 too, and a tag that does not fit is a mistake.
 */
export type ScalarValue =
  | { readonly kind: "null" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly value: number; readonly isFloat: boolean }
  /** The tag says something that the value is not; `tag` is its short form. */
  | { readonly kind: "misfit"; readonly tag: string };

const words: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, { kind: "null" }] as const),
  ...["true", "True", "TRUE"].map((word) => [word, { kind: "boolean", value: true }] as const),
  ...["false", "False", "FALSE"].map((word) => [word, { kind: "boolean", value: false }] as const),
  ...["nan", "NaN", "NAN"].map((word) => [`.${word}`, float(Number.NaN)] as const),
  ...["inf", "Inf", "INF"].flatMap((word) => [
    [`.${word}`, float(Infinity)] as const,
    [`+.${word}`, float(Infinity)] as const,
    [`-.${word}`, float(-Infinity)] as const,
  ]),
]);

/** The kinds of value that a standard tag admits. */
const admitted: Readonly<Record<string, (value: ScalarValue) => boolean>> = {
  "!!null": ({ kind }) => kind === "null",
  "!!bool": ({ kind }) => kind === "boolean",
  "!!int": (value) => value.kind === "number" && !value.isFloat,
  "!!float": ({ kind }) => kind === "number",
  "!!timestamp": (value) => value.kind === "text" && /^\d{4}-\d\d?-\d\d?(?:[Tt ].*)?$/.test(value.text),
};

/** The meaning of a scalar by its spelling, quotes and tag. */
export function resolveScalar(node: Scalar): ScalarValue {
  const spelling = spellingOf(node);
  // A lone `!` means "no tag" there.
  const tag = node.tag === undefined || node.tag === "!" ? undefined : node.tag.replace("tag:yaml.org,2002:", "!!");
  if (tag === "!!str" || (tag === undefined && node.type !== "PLAIN")) return { kind: "text", text: spelling };
  if (tag === "!!binary") return decodeBinary(spelling);
  const value = resolvePlain(spelling);
  if (tag === undefined) return value;
  const admits = admitted[tag];
  // A tag that is not YAML's own means nothing there.
  if (admits === undefined) return { kind: "text", text: spelling };
  return admits(value) ? value : { kind: "misfit", tag };
}

/** The text of a scalar, whatever it means. */
export function spellingOf(node: Scalar): string {
  return node.source ?? String(node.value);
}

function resolvePlain(spelling: string): ScalarValue {
  return words.get(spelling) ?? parseNumber(spelling) ?? { kind: "text", text: spelling };
}

/**
 * The number that a plain scalar spells: Go's integers (`0x`, `0o`, `0b`, a leading 0 for octal) or a decimal fraction, with
 * `_` anywhere between. Undefined: no number. Beyond 2^53 the value is near the spelled one.
 */
export function parseNumber(spelling: string): Extract<ScalarValue, { kind: "number" }> | undefined {
  if (!/^[-+.\d]/.test(spelling)) return undefined;
  const [, sign, digits = ""] = /^([-+]?)(.*)$/s.exec(spelling.replaceAll("_", "")) ?? [];
  const integer = parseMagnitude(digits);
  const magnitude = integer ?? parseFraction(digits);
  if (magnitude === undefined) return undefined;
  return { kind: "number", value: sign === "-" ? -magnitude : magnitude, isFloat: integer === undefined };
}

function parseMagnitude(digits: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(digits)) return Number.parseInt(digits.slice(2), 16);
  if (/^0[bB][01]+$/.test(digits)) return Number.parseInt(digits.slice(2), 2);
  if (/^0[oO]?[0-7]+$/.test(digits)) return Number.parseInt(digits.replace(/^0[oO]?/, ""), 8);
  return /^(?:0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
}

function parseFraction(digits: string): number | undefined {
  return /^(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(digits) ? Number(digits) : undefined;
}

function float(value: number): ScalarValue {
  return { kind: "number", value, isFloat: true };
}

function decodeBinary(spelling: string): ScalarValue {
  const compact = spelling.replace(/\s/g, "");
  const isBase64 = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
  return isBase64
    ? { kind: "text", text: Buffer.from(compact, "base64").toString("utf8") }
    : { kind: "misfit", tag: "!!binary" };
}
