/** RFC 3339 in UTC, whole seconds: what both formats ask of a document's time. */
export function documentTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
