import { predicateTypes } from "@apkmill/attest";
import { PublishError } from "./publish-error.ts";

/** A name (`spdx`, `provenance`, `cyclonedx`) or an address → predicate type. @throws PublishError PUBLISH_OPTIONS */
export function predicateTypeOf(name: string): string {
  const known = Object.entries(predicateTypes).find(([short]) => short === name)?.[1];
  if (known !== undefined) return known;
  if (/^https?:\/\/\S+$/.test(name)) return name;
  throw new PublishError(
    "PUBLISH_OPTIONS",
    `reading the required predicates: expected ${Object.keys(predicateTypes).join(", ")} or an address, found ${JSON.stringify(name)}`,
    { hint: "use the predicate type's whole address for any other kind" },
  );
}

/** The name that users write for a predicate type; its address where it has none. */
export function predicateName(predicateType: string): string {
  return Object.entries(predicateTypes).find(([, address]) => address === predicateType)?.[0] ?? predicateType;
}

/** Bills of materials describe one root file system: they belong to platforms, not to an index. */
export function belongsToIndex(predicateType: string): boolean {
  return predicateType !== predicateTypes.spdx && predicateType !== predicateTypes.cyclonedx;
}
