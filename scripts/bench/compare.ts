import { peakMemory, timeProcess, type Subject } from "./whole-process.ts";

/** One line of the bench: what is measured, against what, and the bounds that we hold ourselves to. */
export interface Case {
  readonly name: string;
  readonly subject: Subject;
  readonly yardstick: Subject;
  /** The most that the subject's time may be, in times of the yardstick's. */
  readonly ratioBound: number;
  /** The most memory, in MiB. */
  readonly memoryBound?: number;
}

/** Cases that share what they are measured on. */
export interface BenchCases {
  readonly cases: readonly Case[];
  /** Stops what was started for them. */
  readonly close: () => Promise<void>;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Comparison {
  readonly name: string;
  /** Seconds. */
  readonly subject: Spread;
  readonly yardstick: Spread;
  /** Of the pairs of runs that stood next to each other. */
  readonly ratio: Spread;
  readonly ratioBound: number;
  /** MiB. */
  readonly peak: number | undefined;
  readonly memoryBound: number | undefined;
}

/**
 * Runs subject and yardstick in turn, whole processes, after one run of each that does not count. The ratio is taken pair by pair:
 * a machine that grows slower while it is measured slows both.
 */
export async function compare(bench: Case, runs: number): Promise<Comparison> {
  const { name, subject, yardstick, ratioBound, memoryBound } = bench;
  await timeProcess(subject);
  await timeProcess(yardstick);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    ours.push(await timeProcess(subject));
    theirs.push(await timeProcess(yardstick));
  }
  return {
    name,
    subject: spreadOf(ours),
    yardstick: spreadOf(theirs),
    ratio: spreadOf(ours.map((seconds, run) => seconds / (theirs[run] ?? Number.NaN))),
    ratioBound,
    peak: memoryBound === undefined ? undefined : await peakMemory(subject),
    memoryBound,
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)] ?? Number.NaN, sorted[Math.ceil(middle)] ?? Number.NaN];
  return { median: (low + high) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** The comparison in two lines for a person. */
export function formatComparison({
  name,
  subject,
  yardstick,
  ratio,
  ratioBound,
  peak,
  memoryBound,
}: Comparison): string {
  const memory =
    peak === undefined || memoryBound === undefined
      ? ""
      : `; ${peak.toFixed(0)} MiB of ${memoryBound} ${peak <= memoryBound ? "(within)" : "(ABOVE)"}`;
  const verdict = ratio.median <= ratioBound ? "within" : "ABOVE";
  return [
    `${name}: ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}) of ${ratioBound} times the yardstick (${verdict})${memory}`,
    `    ${milliseconds(subject)}; yardstick ${milliseconds(yardstick)}`,
  ].join("\n");
}

function milliseconds({ median, min, max }: Spread): string {
  const text = (seconds: number): string => (seconds * 1000).toFixed(0);
  return `${text(median)} ms (${text(min)} to ${text(max)})`;
}
