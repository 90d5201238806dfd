/** A number with its noun: `1 package`, `2 packages`, `2 entries` where the plural is given. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${String(count)} ${count === 1 ? noun : plural}`;
}
