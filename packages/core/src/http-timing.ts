/** How long things may take. */
export interface HttpTiming {
  /** Time without a byte in either direction, and from the end of a request to the end of the answer's headers. */
  readonly idleMs: number;
  /** One exchange from first to last byte. */
  readonly totalMs: number;
  /** A body that stays below this rate while it is waited for, over {@link slowAfterMs} of waiting, is given up. */
  readonly minBytesPerSecond: number;
  readonly slowAfterMs: number;
  /** All attempts together. */
  readonly retryBudgetMs: number;
  /** The first attempt is repeated within this time, the next within twice as long, never above {@link maxDelayMs}. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const defaultTiming: HttpTiming = {
  idleMs: 60_000,
  // A job on a hosted runner ends after six hours.
  totalMs: 6 * 3_600_000,
  minBytesPerSecond: 1024,
  slowAfterMs: 30_000,
  retryBudgetMs: 120_000,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
};
