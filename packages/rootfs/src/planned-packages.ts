import type { StoredPackage } from "@apkmill/apk";
import { ownerAt, type LaidPackage, type Laying } from "./laying.ts";
import type { DroppedEntry, PlannedPackage } from "./plan.ts";
import { labelOf } from "./precedence.ts";

/**
 * What became of each package, in the order asked. A data section is a layer as it is when every entry stands under its
 * own name, with the archived owners, and nothing of it was lost: then such layers may be stacked in any order and only
 * shared directories can come out differently, which `restatements` finds.
 */
export function describePackages(
  laying: Laying,
  packages: readonly StoredPackage[],
  laid: readonly LaidPackage[],
  superseded: ReadonlyMap<number, number>,
): PlannedPackage[] {
  const byIndex = new Map(laid.map((each) => [each.index, each]));
  return packages.map(({ control }, index) => {
    const label = labelOf(control);
    const one = byIndex.get(index);
    if (one !== undefined) return describeLaid(laying, one);
    const supersededBy = superseded.get(index) ?? index;
    const successor = packages[supersededBy];
    const why = `upgraded to ${successor === undefined ? "" : labelOf(successor.control)}`;
    return { label, supersededBy, kept: 0, dropped: [], verbatim: false, why };
  });
}

function describeLaid(laying: Laying, laid: LaidPackage): PlannedPackage {
  const dropped = [...laid.dropped, ...lostFiles(laying, laid)];
  const [first] = dropped;
  const why =
    laid.hindrance !== "" || first === undefined ? laid.hindrance : `${first.path} is not its own: ${first.reason}`;
  const kept = laid.standingDirectories + standingFiles(laying, laid).length;
  const planned = { label: laid.label, kept, dropped, verbatim: why === "", why };
  return laid.deletion === undefined ? planned : { ...planned, deletion: laid.deletion };
}

/** The files of a package that still are its own when everything is laid. */
export function standingFiles(laying: Laying, laid: LaidPackage): LaidPackage["files"] {
  return laid.files.filter(({ path }) => ownerAt(laying, path) === laid.index);
}

function lostFiles({ tree }: Laying, laid: LaidPackage): DroppedEntry[] {
  return laid.files.flatMap(({ archived, path }) => {
    const standing = tree.at(path);
    return standing === undefined || standing.owner === laid.index ? [] : [{ path: archived, reason: standing.reason }];
  });
}
