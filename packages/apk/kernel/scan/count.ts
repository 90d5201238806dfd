/** What the engine's limits allow in a section, and what of it has come. */
export class Count {
  /** Headers of every kind. */
  entries: i64 = 0;
  contentBytes: i64 = 0;
  /** Of all records that stand before headers. */
  paxBytes: i64 = 0;

  constructor(
    private readonly mostEntries: i64,
    private readonly mostContentBytes: i64,
    readonly mostPathBytes: i64,
    private readonly mostPaxBytes: i64,
    private readonly mostAllPaxBytes: i64,
  ) {}

  /** True where so much more is allowed. */
  allows(entries: i64, paxBytes: i64, contentBytes: i64): bool {
    return (
      this.entries + entries <= this.mostEntries &&
      paxBytes <= this.mostPaxBytes &&
      this.paxBytes + paxBytes <= this.mostAllPaxBytes &&
      this.contentBytes + contentBytes <= this.mostContentBytes
    );
  }

  add(entries: i64, paxBytes: i64, contentBytes: i64): void {
    this.entries += entries;
    this.paxBytes += paxBytes;
    this.contentBytes += contentBytes;
  }
}
