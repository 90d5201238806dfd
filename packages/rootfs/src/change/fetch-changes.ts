import {
  fetchPackages,
  laidDown,
  type AvailablePackage,
  type Change,
  type IndexRecord,
  type PackagePorts,
  type StoredPackage,
} from "@apkmill/apk";
import type { RootChange } from "./change.ts";
import { metaPackage } from "./meta-package.ts";

/** The resolver's changes in the terms of a plan, and the packages that they lay down. */
export interface FetchedChanges {
  readonly changes: readonly RootChange[];
  readonly packages: readonly StoredPackage[];
  /** The index records by which the packages were chosen, by index in `packages`. */
  readonly records: ReadonlyMap<number, IndexRecord>;
}

/**
 * Brings what the changes lay down into the store. Packages of size 0 are not fetched: apk knows all that it wants of them
 * from their records. @throws what `fetchPackages` throws
 */
export async function fetchChanges(ports: PackagePorts, changes: readonly Change[]): Promise<FetchedChanges> {
  const wanted = changes.flatMap((change) => laidDown(change) ?? []);
  const packages = await fetchLaid(ports, wanted);
  let next = 0;
  const described = changes.map((change): RootChange => {
    switch (change.kind) {
      case "remove":
        return { kind: "remove", name: change.previous.name };
      case "repin":
        return { kind: "repin", name: change.previous.name, tag: change.tag };
      default: {
        const { kind, tag } = change;
        next += 1;
        return { kind, package: next - 1, tag };
      }
    }
  });
  return { changes: described, packages, records: new Map(wanted.map(({ record }, index) => [index, record])) };
}

async function fetchLaid(ports: PackagePorts, wanted: readonly AvailablePackage[]): Promise<StoredPackage[]> {
  const metas = wanted.map(({ record }) => metaPackage(record));
  const fetched = await fetchPackages(
    ports,
    wanted.filter((_, index) => metas[index] === undefined),
  );
  return metas.flatMap((meta) => meta ?? fetched.shift() ?? []);
}
