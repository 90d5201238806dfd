import { createHash } from "node:crypto";
import { emptyRecord, type IndexRecord } from "../package-info.ts";
import type { Repository } from "../repository.ts";
import type { AddVerb, Verb, VirtualPackage } from "./verb.ts";

/** The repositories, and one with the virtual package that a verb makes. It has no content, so that nothing is fetched from there. */
export function offerVirtual(repositories: readonly Repository[], verb: Verb): readonly Repository[] {
  if (verb.kind !== "add" || verb.virtual === undefined) return repositories;
  const record = describeVirtual(verb.virtual, verb.packages);
  return [...repositories, { location: "virtual", tag: "", arch: record.arch, records: [record], signer: undefined }];
}

/** A package that holds others together, as `apk add -t` makes it (A10.7). Its identity is of our own making. */
function describeVirtual({ name, version }: VirtualPackage, depends: AddVerb["packages"]): IndexRecord {
  const identity = createHash("sha1").update([name, version, ...depends].join("\n"));
  return {
    ...emptyRecord,
    name,
    version,
    arch: "noarch",
    description: "virtual meta package",
    depends,
    checksum: `Q1${identity.digest("base64")}`,
  };
}
