import { parseByteSize } from "./byte-size.ts";
import { CoreError } from "./core-error.ts";
import { defaultLimits, limitOption, type Limits } from "./limits.ts";
import { suggestName } from "./nearest.ts";

/** Limits as users set them: `index-bytes=64MiB`. */

/** What users may call the limits, in the order of {@link Limits}. */
export const limitNames: readonly string[] = namesOf(defaultLimits).map(limitOption);

/**
 * `base` with each `NAME=VALUE` of `settings` set, the last of one name winning. A value is a whole number, for sizes with an
 * optional unit (B, KiB, MiB, GiB, TiB).
 * @throws CoreError LIMIT_SETTING for an unknown name or an unreadable value
 */
export function withLimits(base: Limits, settings: readonly string[]): Limits {
  return settings.reduce((limits, setting) => ({ ...limits, ...parseSetting(setting) }), base);
}

function parseSetting(setting: string): Partial<Limits> {
  const equals = setting.indexOf("=");
  const name = equals === -1 ? setting : setting.slice(0, equals);
  const field = namesOf(defaultLimits).find((candidate) => limitOption(candidate) === name);
  if (field === undefined) {
    throw new CoreError("LIMIT_SETTING", `no limit is called ${JSON.stringify(name.slice(0, 100))}`, {
      hint: suggestName(name, limitNames, `choose one of ${limitNames.join(", ")}`),
    });
  }
  return { [field]: parseValue(field, equals === -1 ? "" : setting.slice(equals + 1)) };
}

function parseValue(field: keyof Limits, text: string): number {
  const isSize = field.endsWith("Bytes");
  const value = isSize || /^[0-9]+$/.test(text) ? parseByteSize(text) : undefined;
  if (value !== undefined && value > 0) return value;
  throw new CoreError(
    "LIMIT_SETTING",
    `limit ${limitOption(field)}: ${JSON.stringify(text.slice(0, 100))} cannot be read`,
    {
      hint: isSize ? "give a size such as 67108864, 64MiB or 2GiB" : "give a whole number above 0",
    },
  );
}

/** `Object.keys` forgets the type of the names. */
function namesOf(limits: Limits): (keyof Limits)[] {
  return Object.keys(limits) as (keyof Limits)[];
}
