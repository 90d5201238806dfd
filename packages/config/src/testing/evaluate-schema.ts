import { isDeepStrictEqual } from "node:util";
import type { JsonSchema } from "../json-schema.ts";

/**
 * What a value has against a JSON Schema, each as `PLACE: keyword`; nothing when it is valid. Knows the keywords that our schemas
 * use and throws at any other, so that a schema cannot say something that is never looked at.
 */
export function evaluateSchema(schema: JsonSchema, value: unknown, place = ""): readonly string[] {
  return Object.entries(schema).flatMap(([keyword, said]) => {
    const rule = rules[keyword];
    if (rule === undefined) throw new Error(`${place}: unknown keyword ${keyword}`);
    return rule({ said, value, place, schema });
  });
}

interface Question {
  readonly said: unknown;
  readonly value: unknown;
  readonly place: string;
  readonly schema: JsonSchema;
}

type Rule = (question: Question) => readonly string[];

/** A rule with one verdict. Values that it is not about are valid. */
function verdict(keyword: string, isValid: (said: never, value: never) => boolean): Rule {
  return ({ said, value, place }) => (isValid(said as never, value as never) ? [] : [`${place}: ${keyword}`]);
}

const silent: Rule = () => [];

const rules: Readonly<Record<string, Rule>> = {
  $schema: silent,
  title: silent,
  description: silent,
  type: verdict("type", (said: string | readonly string[], value: unknown) =>
    [said].flat().some((type) => is[type]?.(value)),
  ),
  enum: verdict("enum", (said: readonly unknown[], value: unknown) =>
    said.some((one) => isDeepStrictEqual(one, value)),
  ),
  pattern: verdict(
    "pattern",
    (said: string, value: unknown) => typeof value !== "string" || new RegExp(said, "u").test(value),
  ),
  minLength: verdict("minLength", (said: number, value: unknown) => typeof value !== "string" || value.length >= said),
  minimum: verdict("minimum", (said: number, value: unknown) => typeof value !== "number" || value >= said),
  maximum: verdict("maximum", (said: number, value: unknown) => typeof value !== "number" || value <= said),
  required: verdict(
    "required",
    (said: readonly string[], value: unknown) => !isObject(value) || said.every((name) => Object.hasOwn(value, name)),
  ),
  items: ({ said, value, place }) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => evaluateSchema(said as JsonSchema, item, `${place}/${String(index)}`))
      : [],
  properties: ({ said, value, place }) =>
    Object.entries(said as Record<string, JsonSchema>).flatMap(([name, schema]) =>
      isObject(value) && Object.hasOwn(value, name) ? evaluateSchema(schema, value[name], `${place}/${name}`) : [],
    ),
  additionalProperties: ({ said, value, place, schema }) => {
    const named = (schema["properties"] ?? {}) as Record<string, unknown>;
    const others = isObject(value) ? Object.entries(value).filter(([name]) => !Object.hasOwn(named, name)) : [];
    return others.flatMap(([name, item]) =>
      said === false
        ? [`${place}/${name}: additionalProperties`]
        : evaluateSchema(said as JsonSchema, item, `${place}/${name}`),
    );
  },
};

const is: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isObject,
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
