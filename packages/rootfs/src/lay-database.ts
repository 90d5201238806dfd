import { describeInstalled } from "./describe-installed.ts";
import { unsafePath } from "./entry-path.ts";
import { formatInstalled, oneLine } from "./format-installed.ts";
import { nobody } from "./install-tree.ts";
import { layGenerated } from "./lay-generated.ts";
import { compareNames } from "./lay-settings.ts";
import type { LaidPackage, Laying } from "./laying.ts";
import { makeDirectory } from "./make-directory.ts";
import type { InstallRequest } from "./plan.ts";
import { standingFiles } from "./planned-packages.ts";
import { labelOf } from "./precedence.ts";
import { encodeScripts } from "./scripts-tar.ts";

/** Where apk looks; on a merged-usr root `lib` is a link and the database stands in `usr/lib/apk/db`. */
const folder = "lib/apk/db";

/** What only apk writes there. A package that brings one of these would decide what the database says. */
const reserved = ["installed", "scripts.tar", "scripts.tar.gz", "triggers", "lock"];

/**
 * Writes the database of the laid packages: `installed`, `scripts.tar` (apk 2's form, which apk 3 reads and keeps) and
 * `triggers`, records sorted by name. Returns its folder, links resolved.
 * @throws RootfsError ROOTFS_UNSAFE_PATH when a package brings a file of the database
 */
export function layDatabase(laying: Laying, { pins, records }: InstallRequest, laid: readonly LaidPackage[]): string {
  const databaseFolder = makeDirectory(laying, "generated: database", folder);
  refuseReserved(laying, databaseFolder);
  const sorted = [...laid].sort((a, b) => compareNames(a.stored.control.name, b.stored.control.name));
  const installed = sorted.map((one) => {
    const from = { record: records?.get(one.index), tag: pins?.get(one.stored.control.name) };
    return describeInstalled(one, standingFiles(laying.tree, one), from);
  });
  layGenerated(laying, `${folder}/installed`, formatInstalled(installed), "database");
  layGenerated(laying, `${folder}/scripts.tar`, encodeScripts(sorted.map(({ stored }) => stored)), "scripts");
  layGenerated(laying, `${folder}/triggers`, sorted.map(triggerLine).join(""), "triggers");
  return databaseFolder;
}

function refuseReserved({ tree, packages }: Laying, databaseFolder: string): void {
  for (const path of reserved.map((name) => `${databaseFolder}/${name}`)) {
    const standing = tree.at(path);
    if (standing === undefined || standing.owner === nobody) continue;
    const owner = packages[standing.owner]?.control;
    throw unsafePath(
      owner === undefined ? "a package" : labelOf(owner),
      path,
      "that is the package database's own file",
    );
  }
}

/** The identity and the globs of a package that has some. */
function triggerLine({ stored: { identity, control } }: LaidPackage): string {
  return control.triggers.length === 0 ? "" : `${oneLine(`${identity} ${control.triggers.join(" ")}`)}\n`;
}
