/** Sizes as people write them. */

const units: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Bytes for `512`, `512B`, `64MiB`, `2GiB`; undefined for what is no whole number with one of these units or none. */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit = "B"] = /^([0-9]{1,16})([KMGT]iB|B)?$/.exec(text) ?? [];
  const bytes = Number(digits ?? NaN) * (units[unit] ?? NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `0 B`, `1.5 MiB`: the largest unit that leaves at least 1. */
export function formatByteSize(bytes: number): string {
  const [unit, factor] = Object.entries(units).findLast(([, candidate]) => bytes >= candidate) ?? ["B", 1];
  return `${factor === 1 ? String(bytes) : (bytes / factor).toFixed(1)} ${unit}`;
}
