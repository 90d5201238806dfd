/**
 * Where a registry keeps things: small values under slash-separated keys, and blobs that come and go as streams.
 * Keys are made by the registry from checked names; no part of a key is `.` or `..`.
 */
export interface RegistryStorage {
  get(key: string): Promise<Buffer | undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
  /** True when there was something to remove. */
  remove(key: string): Promise<boolean>;
  /** The names directly below `prefix`, in code-unit order. */
  list(prefix: string): Promise<string[]>;
  /** The value of `key` as a stream of any part of it. */
  open(key: string): Promise<StoredBlob | undefined>;
  /** A place for bytes that have no name yet. */
  draft(): Promise<Draft>;
}

export interface StoredBlob {
  readonly sizeBytes: number;
  /** The bytes from `start` up to, not including, `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** Bytes that arrive piece by piece and get their key, or are dropped, at the end. */
export interface Draft {
  append(chunk: Uint8Array): Promise<void>;
  /** Everything so far. */
  read(): AsyncIterable<Uint8Array>;
  keep(key: string): Promise<void>;
  drop(): Promise<void>;
}
