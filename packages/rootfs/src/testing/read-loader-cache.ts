/** Reads an `ld.so.cache` by its description, for tests: `soname flags path [processors]` in the order of the file. */
export function readLoaderCache(bytes: Buffer): string[] {
  if (bytes.toString("latin1", 0, 20) !== "glibc-ld.so.cache1.1") throw new Error("no cache");
  const little = bytes[28] === 2;
  const int = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const text = (at: number): string => bytes.toString("latin1", at, bytes.indexOf(0, at));
  const names = int(32) === 0 ? [] : processorsAt(int(32));
  return Array.from({ length: int(20) }, (_, index) => {
    const at = 48 + 24 * index;
    const [low, high] = little ? [int(at + 16), int(at + 20)] : [int(at + 20), int(at + 16)];
    const processors = high === 0 ? "" : ` ${names[low] ?? "?"}`;
    return `${text(int(at + 4))} ${int(at).toString(16)} ${text(int(at + 8))}${processors}`;
  });

  function processorsAt(at: number): string[] {
    if (int(at) !== 0xeaa42174 || int(at + 8) !== 1) throw new Error("no extension");
    return Array.from({ length: int(at + 20) / 4 }, (_, index) => text(int(int(at + 16) + 4 * index)));
  }
}
