/**
 * Does `work` on every item, so many at once, and gives the results in the order of the items. The first failure ends all: nothing
 * new is begun, and what is under way has ended when the error is thrown.
 */
export async function inLanes<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let failed = false;
  const goOn = async (): Promise<void> => {
    for (const [position, item] of queue) {
      if (failed) return;
      results[position] = await work(item);
    }
  };
  const running = Array.from({ length: Math.min(lanes, items.length) }, async () => {
    await goOn().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  });
  for (const lane of await Promise.allSettled(running)) if (lane.status === "rejected") throw lane.reason;
  return results;
}
