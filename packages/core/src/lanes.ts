/**
 * Does `work` on every item, so many at once, and gives the results in the order of the items. The first failure ends all: nothing
 * new is begun, and what is under way has ended when the error is thrown. With `fromBothEnds` every second lane takes the last item that
 * is left.
 */
export async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
  { fromBothEnds = false }: { readonly fromBothEnds?: boolean } = {},
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  let failed = false;
  const goOn = async (lane: number): Promise<void> => {
    const take = (): [number, T] | undefined => (fromBothEnds && lane % 2 === 1 ? queue.pop() : queue.shift());
    for (let next = take(); next !== undefined && !failed; next = take()) {
      const [position, item] = next;
      results[position] = await work(item);
    }
  };
  const running = Array.from({ length: Math.min(lanes, items.length) }, async (_, lane) => {
    await goOn(lane).catch((error: unknown) => {
      failed = true;
      throw error;
    });
  });
  for (const lane of await Promise.allSettled(running)) if (lane.status === "rejected") throw lane.reason;
  return results;
}
