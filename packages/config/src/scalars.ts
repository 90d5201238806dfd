import { suggestName } from "@apkmill/core";
import { isScalar, type Node } from "yaml";
import { describeNode, placeOf, reportWrongType, type DecodeContext, type Decoder, type TextRules } from "./decoder.ts";
import type { TextPlace } from "./place.ts";

/**
 * The scalar decoders. Typing follows yaml.v3 decoding into typed Go fields, which melange and apko rely on: a text field takes
 * any scalar's spelling, a number must not be quoted, `0755` and `0o755` are octal, booleans have the spellings of YAML 1.1.
 */

/** Text with variables replaced by the named rule. Left out: "". */
export function textBy(rule: keyof TextRules): Decoder<string> {
  return {
    expected: "text",
    decode: (node, context) => {
      const text = spelledText(node, context);
      return text === undefined ? "" : context.variables[rule](text, node, context);
    },
    absent: () => "",
  };
}

/** Text whose known `${{names}}` are replaced. */
export const text = textBy("expand");
/** Text in which every `${{name}}` must be known. */
export const strictText = textBy("expandStrictly");
/** Text of a pipeline step, which the compiler completes. */
export const stepText = textBy("expandForStep");
/** The condition of a step or subpackage, which the compiler evaluates. */
export const conditionText = textBy("expandCondition");

/** Text taken as it is. */
export const literalText: Decoder<string> = {
  expected: "text",
  decode: (node, context) => spelledText(node, context) ?? "",
  absent: () => "",
};

/** A boolean, false when left out. */
export const boolean: Decoder<boolean> = {
  expected: "true or false",
  decode: (node, context) => {
    const value = isScalar(node) ? booleans.get(String(node.value)) : undefined;
    if (value === undefined) reportWrongType("true or false", node, context);
    return value ?? false;
  },
  absent: () => false,
};

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "TRUE", "y", "Y", "yes", "on"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE", "n", "N", "no", "off"].map((word) => [word, false] as const),
]);

/** A whole number from 0 to `maximum`; 0 when left out. */
export function natural(maximum = Number.MAX_SAFE_INTEGER): Decoder<number> {
  const expected =
    maximum === Number.MAX_SAFE_INTEGER ? "a whole number" : `a whole number from 0 to ${String(maximum)}`;
  return {
    expected,
    decode: (node, context) => {
      const plain = isScalar(node) && node.type === "PLAIN" ? parseInteger(String(node.value)) : undefined;
      if (plain !== undefined && plain >= 0 && plain <= maximum) return plain;
      const quoted = isScalar(node) && node.type !== "PLAIN" && parseInteger(String(node.value)) !== undefined;
      reportWrongType(expected, node, context, quoted ? "write the number without quotes" : undefined);
      return 0;
    },
    absent: () => 0,
  };
}

/** Go's integer spellings (`ParseInt` with base 0, `_` between digits); a float without fraction counts. Undefined: no integer. */
export function parseInteger(spelling: string): number | undefined {
  const [, sign, digits = ""] = /^([-+]?)(.*)$/s.exec(spelling.replaceAll("_", "")) ?? [];
  const magnitude = parseMagnitude(digits);
  if (magnitude === undefined || !Number.isSafeInteger(magnitude)) return undefined;
  return sign === "-" ? -magnitude : magnitude;
}

function parseMagnitude(digits: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(digits)) return Number.parseInt(digits.slice(2), 16);
  if (/^0[bB][01]+$/.test(digits)) return Number.parseInt(digits.slice(2), 2);
  if (/^0[oO]?[0-7]+$/.test(digits)) return Number.parseInt(digits.replace(/^0[oO]?/, ""), 8);
  if (/^(?:0|[1-9]\d*)$/.test(digits)) return Number(digits);
  return /^\d+\.\d*(?:[eE][-+]?\d+)?$/.test(digits) && Number.isInteger(Number(digits)) ? Number(digits) : undefined;
}

/** One of a few words; the first when left out or wrong. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words): Decoder<Words[number]> {
  const expected = `one of ${words.map((word) => (word === "" ? "nothing" : word)).join(", ")}`;
  return {
    expected,
    decode: (node, context) => {
      const found = isScalar(node) ? words.find((word) => word === node.value) : undefined;
      if (found !== undefined) return found;
      const near = isScalar(node) ? suggestName(String(node.value), words) : undefined;
      context.problems.add(
        "CONFIG_BAD_VALUE",
        placeOf(node, context),
        `expected ${expected}, found ${describeNode(node)}`,
        near ?? `write ${expected}`,
      );
      return words[0];
    },
    absent: () => words[0],
  };
}

/** The same decoder, undefined when left out. */
export function optional<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return {
    expected: decoder.expected,
    decode: (node, context) => decoder.decode(node, context),
    absent: () => undefined,
  };
}

/** What is wrong with a value, and what to write instead. */
export interface Complaint {
  readonly message: string;
  readonly hint: string;
}

/**
 * The decoder with one more rule for its values; what `rule` finds is reported at the value. Absent values are not checked, nor are those
 * that the decoder itself found wrong.
 */
export function checked<T>(decoder: Decoder<T>, rule: (value: T) => Complaint | undefined): Decoder<T> {
  return {
    ...decoder,
    decode: (node, context) => {
      const { problems } = context;
      const before = problems.count();
      const value = decoder.decode(node, context);
      const complaint = problems.count() === before ? rule(value) : undefined;
      if (complaint) problems.add("CONFIG_BAD_VALUE", placeOf(node, context), complaint.message, complaint.hint);
      return value;
    },
  };
}

/** The decoder's values, changed. */
export function mapped<T, U>(decoder: Decoder<T>, change: (value: T) => U): Decoder<U> {
  return {
    expected: decoder.expected,
    decode: (node, context) => change(decoder.decode(node, context)),
    absent: () => change(decoder.absent()),
  };
}

/** The decoder's values with the places where they stand. */
export function placed<T>(decoder: Decoder<T>): Decoder<{ readonly value: T; readonly place?: TextPlace }> {
  return {
    expected: decoder.expected,
    decode: (node, context) => ({ value: decoder.decode(node, context), place: context.source.textPlaceOf(node) }),
    absent: () => ({ value: decoder.absent() }),
  };
}

function spelledText(node: Node, context: DecodeContext): string | undefined {
  if (isScalar(node)) return String(node.value);
  reportWrongType(
    "text",
    node,
    context,
    "write a single value, not a list or mapping; quote it if it holds `: ` or starts with `[` or `{`",
  );
  return undefined;
}
