import { suggestName } from "@apkmill/core";
import { isScalar, type Node, type Scalar } from "yaml";
import { describeNode, placeOf, reportWrongType, type DecodeContext, type Decoder, type TextRules } from "./decoder.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { TextPlace } from "./place.ts";
import { parseNumber, resolveScalar, spellingOf } from "./yaml-scalar.ts";

/**
 * The scalar decoders. Typing follows yaml.v3 decoding into typed Go fields, which melange and apko rely on: a text field takes
 * any scalar's spelling, a number must not be quoted and loses its fraction, booleans have some spellings of YAML 1.1.
 */

const textSchema = (): JsonSchema => ({ type: ["string", "number", "boolean"] });

/** Text with variables replaced by the named rule. Left out: "". */
export function textBy(rule: keyof TextRules): Decoder<string> {
  return {
    expected: "text",
    decode: (node, context) => {
      const text = spelledText(node, context);
      return text === undefined ? "" : context.variables[rule](text, node, context);
    },
    absent: () => "",
    schema: textSchema,
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
  schema: textSchema,
};

/** A boolean, false when left out. */
export const boolean: Decoder<boolean> = {
  expected: "true or false",
  decode: (node, context) => {
    const value = isScalar(node) ? booleanOf(node) : undefined;
    const isQuoted = isScalar(node) && /^(true|false)$/i.test(spellingOf(node));
    if (value === undefined)
      reportWrongType("true or false", node, context, isQuoted ? "write it without quotes" : undefined);
    return value ?? false;
  },
  absent: () => false,
  schema: () => ({ type: "boolean" }),
};

/** YAML 1.1's words, which yaml.v3 takes quoted or not; a quoted `true` is text. */
const oldBooleans: ReadonlyMap<string, boolean> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF"].map((word) => [word, false] as const),
]);

function booleanOf(node: Scalar): boolean | undefined {
  const scalar = resolveScalar(node);
  if (scalar.kind === "boolean") return scalar.value;
  return scalar.kind === "text" ? oldBooleans.get(scalar.text) : undefined;
}

/** A whole number from 0 to `maximum`; 0 when left out. */
export function natural(maximum = Number.MAX_SAFE_INTEGER): Decoder<number> {
  const expected =
    maximum === Number.MAX_SAFE_INTEGER ? "a whole number" : `a whole number from 0 to ${String(maximum)}`;
  return {
    expected,
    decode: (node, context) => {
      const scalar = isScalar(node) ? resolveScalar(node) : undefined;
      const value = scalar?.kind === "number" ? Math.trunc(scalar.value) : undefined;
      // Adding makes a negative zero one without a sign.
      if (value !== undefined && value >= 0 && value <= maximum) return value + 0;
      const quoted = scalar?.kind === "text" && parseNumber(scalar.text) !== undefined;
      reportWrongType(expected, node, context, quoted ? "write the number without quotes" : undefined);
      return 0;
    },
    absent: () => 0,
    schema: () => ({ type: "integer", minimum: 0, maximum }),
  };
}

/** One of a few words; the first when left out or wrong. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words): Decoder<Words[number]> {
  const expected = `one of ${words.map((word) => (word === "" ? "nothing" : word)).join(", ")}`;
  return {
    expected,
    decode: (node, context) => {
      const spelling = isScalar(node) ? spellingOf(node) : undefined;
      const found = words.find((word) => word === spelling);
      if (found !== undefined) return found;
      const named = words.filter((word) => word !== "");
      const near = spelling === undefined ? undefined : suggestName(spelling, named);
      context.problems.add(
        "CONFIG_BAD_VALUE",
        placeOf(node, context),
        `expected ${expected}, found ${describeNode(node)}`,
        near ?? `write ${expected}`,
      );
      return words[0];
    },
    absent: () => words[0],
    schema: () => ({ enum: words }),
  };
}

/** The same decoder, undefined when left out. */
export function optional<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return { ...decoder, absent: () => undefined };
}

/** What is wrong with a value, and what to write instead. */
export interface Complaint {
  readonly message: string;
  readonly hint: string;
}

/**
 * The decoder with one more rule for its values; what `rule` finds is reported at the value. Absent values are not checked, nor are those
 * that the decoder itself found wrong. `keywords` say the rule, or a part of it, in the words of JSON Schema.
 */
export function checked<T>(
  decoder: Decoder<T>,
  rule: (value: T) => Complaint | undefined,
  keywords: JsonSchema = {},
): Decoder<T> {
  return {
    ...decoder,
    schema: () => ({ ...decoder.schema?.(), ...keywords }),
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
    ...decoder,
    decode: (node, context) => change(decoder.decode(node, context)),
    absent: () => change(decoder.absent()),
  };
}

/** The decoder's values with the places where they stand. */
export function placed<T>(decoder: Decoder<T>): Decoder<{ readonly value: T; readonly place?: TextPlace }> {
  return {
    ...decoder,
    decode: (node, context) => ({ value: decoder.decode(node, context), place: context.source.textPlaceOf(node) }),
    absent: () => ({ value: decoder.absent() }),
  };
}

function spelledText(node: Node, context: DecodeContext): string | undefined {
  const scalar = isScalar(node) ? resolveScalar(node) : undefined;
  if (isScalar(node) && scalar?.kind !== "misfit") return scalar?.kind === "text" ? scalar.text : spellingOf(node);
  const hint = scalar
    ? "remove the tag, or quote the value"
    : "write a single value, not a list or mapping; quote it if it holds `: ` or starts with `[` or `{`";
  reportWrongType("text", node, context, hint);
  return undefined;
}
