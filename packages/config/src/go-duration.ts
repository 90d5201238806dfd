/** Go's spelling of durations: `1h30m`, `1.5h`, `300ms`, `-2s`. Source: Go's `time.ParseDuration`. */

const unitsNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** The duration in milliseconds, rounded; undefined when `spelling` is none. */
export function parseDuration(spelling: string): number | undefined {
  const durationNs = parseNanoseconds(spelling);
  return durationNs === undefined ? undefined : Math.round(durationNs / 1e6);
}

/** The duration in nanoseconds, rounded; undefined when `spelling` is none. A unit is needed on everything but 0. */
export function parseNanoseconds(spelling: string): number | undefined {
  const [, sign, magnitude = ""] = /^([-+]?)(.*)$/s.exec(spelling) ?? [];
  if (magnitude === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(magnitude)) return undefined;
  const parts = magnitude.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g);
  const total = [...parts].reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (unitsNs[unit] ?? 0), 0);
  return Math.round(sign === "-" ? -total : total);
}
