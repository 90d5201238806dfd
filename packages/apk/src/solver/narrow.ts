import type { IndexRecord } from "../package-info.ts";
import type { Repository } from "../repository.ts";

/** A repository that offers only some of its records. */
export function narrow(repository: Repository, isOffered: (record: IndexRecord) => boolean): Repository {
  // The text of the index and its digest, where they are at hand, would still say all of them.
  return { ...repository, indexText: undefined, indexDigest: undefined, records: repository.records.filter(isOffered) };
}
