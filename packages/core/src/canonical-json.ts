/**
 * JSON with object keys in code-unit order and no white space: the same value gives the same bytes.
 * (RFC 8785 for the values used here: no floats beyond what `JSON.stringify` prints.)
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sortKeys(value));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => compareBytes(a, b))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}

/** Orders strings by code unit; never by locale, so that output is the same everywhere. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
