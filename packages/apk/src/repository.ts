import type { Digest } from "@apkmill/core";
import type { Location } from "./location.ts";
import type { IndexRecord } from "./package-info.ts";

/** A repository whose index was read and verified. */
export interface Repository {
  /** As the user wrote it, without `@tag`, mirrors and credentials. */
  readonly location: string;
  /** Pinning tag without the `@`, or "". */
  readonly tag: string;
  readonly arch: string;
  /** Made from the text when they are first asked for, where that is at hand. */
  readonly records: readonly IndexRecord[];
  /** Of the file of its index, where it came from one. */
  readonly indexDigest?: Digest | undefined;
  /** The text of a v2 index: what a search reads, and of records only those that it chooses. */
  readonly indexText?: Buffer | undefined;
  /** Name of the key that signed the index; undefined when signatures were ignored on request. */
  readonly signer: string | undefined;
  /** Where packages are looked for: first where the index came from. Left out: what `location` says. Secrets in it do not print. */
  readonly source?: Location;
  /** How the index says that the file of a package is called; left out: as the layout has it. */
  readonly packageSpec?: string;
}

/** A record and where it can be had. The first repository is preferred. */
export interface AvailablePackage {
  readonly record: IndexRecord;
  readonly repository: Repository;
}
