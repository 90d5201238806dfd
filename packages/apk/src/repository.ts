import type { Credentials } from "./credentials.ts";
import type { IndexRecord } from "./package-info.ts";

/** A repository whose index was read and verified. */
export interface Repository {
  /** As the user wrote it, without `@tag` and without credentials. */
  readonly location: string;
  /** Pinning tag without the `@`, or "". */
  readonly tag: string;
  readonly arch: string;
  readonly records: readonly IndexRecord[];
  /** Name of the key that signed the index; undefined when signatures were ignored on request. */
  readonly signer: string | undefined;
  /** What its server asks for; never printed. */
  readonly credentials?: Credentials | undefined;
}

/** A record and where it can be had. The first repository is preferred. */
export interface AvailablePackage {
  readonly record: IndexRecord;
  readonly repository: Repository;
}
