/** Go's spelling of durations: `1h30m`, `1.5h`, `300ms`, `-2s`. Source: Go's `time.ParseDuration`. */

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The duration in milliseconds, rounded; undefined when `spelling` is none. A unit is needed on everything but 0. */
export function parseDuration(spelling: string): number | undefined {
  const [, sign, magnitude = ""] = /^([-+]?)(.*)$/s.exec(spelling) ?? [];
  if (magnitude === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(magnitude)) return undefined;
  const parts = magnitude.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g);
  const total = [...parts].reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (unitsMs[unit] ?? 0), 0);
  return Math.round(sign === "-" ? -total : total);
}
