import { compareBytes, suggestName } from "@apkmill/core";
import { key as field, list, mapping } from "./collections.ts";
import { placeOf, type DecodeContext, type Decoder } from "./decoder.ts";
import { subpackageFields, type SubpackageFields } from "./package-schema.ts";
import type { Place } from "./place.ts";
import { ignoredProblems } from "./problems.ts";
import { literalText, placed } from "./scalars.ts";
import type { PackageVariables } from "./package-variables.ts";
import { extendScope, rulesOf } from "./variable-rules.ts";

/** A subpackage with the place of its entry in the file, which the subpackages of one range share. */
export interface PlacedSubpackage {
  readonly fields: SubpackageFields;
  readonly place: Place;
}

const rangeField = mapping("a subpackage", { range: field("range", placed(literalText)) });

/**
 * `subpackages`, with an entry that has a `range` read once for each item of its data, in the order of the items' keys (code units), with
 * `range.key` and `range.value` among the variables. Source: reference melange §1.6.
 */
export function subpackageList({ data, scope }: PackageVariables): Decoder<readonly PlacedSubpackage[]> {
  const entry: Decoder<readonly PlacedSubpackage[]> = {
    expected: "a subpackage",
    decode: (node, context) => {
      const place = placeOf(node, context);
      const { range } = rangeField.decode(node, { ...context, problems: ignoredProblems, lenient: true });
      if (range.value === "") return [{ fields: subpackageFields.decode(node, context), place }];
      return itemsOf(range.value, range.place ?? place, context).map(([key, value]) => {
        const inner = extendScope(scope, { "range.key": key, "range.value": value });
        return { fields: subpackageFields.decode(node, { ...context, variables: rulesOf(inner) }), place };
      });
    },
    absent: () => [],
  };

  const itemsOf = (range: string, place: Place, context: DecodeContext): readonly (readonly [string, string])[] => {
    const items = data.get(range);
    if (items === undefined) {
      const hint = suggestName(range, data.keys(), "add an entry of that name to `data`");
      context.problems.add("CONFIG_BAD_VALUE", place, `there is no data for the range \`${range}\``, hint);
      return [];
    }
    return Object.entries(items).sort(([a], [b]) => compareBytes(a, b));
  };

  const entries = list(entry);
  return {
    expected: entries.expected,
    decode: (node, context) => entries.decode(node, context).flat(),
    absent: () => [],
  };
}
