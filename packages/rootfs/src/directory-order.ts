import { compareBytes } from "@apkmill/core";

/** So many directories may follow the first that is out of order. */
const mostUnsorted = 32;

/**
 * The order in which the database lists a package's directories: as the archive has them. apk looks a directory up by halving
 * a sorted list and then going through what came out of order behind it; when that grows too long it sorts all it has, and
 * goes on from there (reference apk-formats A7).
 */
export function listedOrder(directories: Iterable<string>): string[] {
  const listed: string[] = [];
  let unsorted = 0;
  for (const path of directories) {
    const last = listed.at(-1);
    listed.push(path);
    if (unsorted > 0 || (last !== undefined && compareBytes(last, path) > 0)) unsorted += 1;
    if (unsorted <= mostUnsorted) continue;
    listed.sort(compareBytes);
    unsorted = 0;
  }
  return listed;
}
