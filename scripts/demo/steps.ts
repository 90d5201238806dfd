/** The demo's account of itself: one row for each step, with its time and what it gave. */
export interface Row {
  readonly step: string;
  readonly seconds: number;
  readonly result: string;
}

export class Steps {
  readonly rows: Row[] = [];

  /** Runs one step, says that it began, and keeps its row. `describe` gives the row's result. */
  async run<T>(step: string, work: () => Promise<T>, describe: (value: T) => string): Promise<T> {
    console.log(`→ ${step}`);
    const began = performance.now();
    const value = await work();
    this.rows.push({ step, seconds: (performance.now() - began) / 1000, result: describe(value) });
    return value;
  }

  /** A table of all rows. Results may have several lines. */
  format(): string {
    const width = Math.max(...this.rows.map(({ step }) => step.length));
    const lines = this.rows.flatMap(({ step, seconds, result }) => {
      const [first = "", ...more] = result.split("\n");
      const head = `${step.padEnd(width)}  ${seconds.toFixed(2).padStart(6)} s  ${first}`;
      return [head, ...more.map((line) => `${" ".repeat(width + 12)}${line}`)];
    });
    const total = this.rows.reduce((sum, { seconds }) => sum + seconds, 0);
    return [...lines, `${"together".padEnd(width)}  ${total.toFixed(2).padStart(6)} s`].join("\n");
  }
}

/** Bytes for people. */
export function formatSize(bytes: number): string {
  return bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${(bytes / 1e3).toFixed(1)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;
}
