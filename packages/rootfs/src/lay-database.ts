import type { InstalledPackage, ScriptName } from "@apkmill/apk";
import { unsafePath } from "./entry-path.ts";
import { formatInstalled, oneLine } from "./format-installed.ts";
import { layGenerated } from "./lay-generated.ts";
import { compareNames } from "./lay-settings.ts";
import type { Laying } from "./laying.ts";
import { makeDirectory } from "./make-directory.ts";
import { labelOf } from "./precedence.ts";
import { encodeScripts, type ScriptsForm } from "./scripts-tar.ts";

/** All that the database has of one package. */
export interface DatabaseRecord {
  readonly installed: InstalledPackage;
  readonly scripts: ReadonlyMap<ScriptName, Uint8Array>;
  /** Globs of directories. */
  readonly triggers: readonly string[];
}

/** Where a database stands: `lib/apk/db` (on a merged-usr root a link leads on), and which of the two forms of scripts it has. */
export interface DatabasePlace {
  readonly folder: string;
  readonly scriptsForm: ScriptsForm;
}

/** What only apk writes there. A package that brings one of these would decide what the database says. */
const reserved = ["installed", "scripts.tar", "scripts.tar.gz", "triggers", "lock"];

/**
 * Writes the database: `installed`, the scripts and `triggers`, packages sorted by name. Returns its folder, links resolved.
 * @throws RootfsError ROOTFS_UNSAFE_PATH when a package brings a file of the database
 */
export function layDatabase(laying: Laying, records: readonly DatabaseRecord[], place: DatabasePlace): string {
  const { folder, scriptsForm } = place;
  const databaseFolder = makeDirectory(laying, "generated: database", folder);
  refuseReserved(laying, databaseFolder);
  const sorted = sortRecords(records);
  layGenerated(laying, `${folder}/${scriptsForm}`, encodeScripts(sorted, scriptsForm), "scripts");
  layGenerated(laying, `${folder}/triggers`, sorted.map(triggerLine).join(""), "triggers");
  layGenerated(laying, `${folder}/installed`, formatInstalled(sorted.map(({ installed }) => installed)), "database");
  return databaseFolder;
}

/** By name, as apk orders names. */
export function sortRecords<Item extends Pick<DatabaseRecord, "installed">>(records: readonly Item[]): Item[] {
  return [...records].sort((a, b) => compareNames(a.installed.name, b.installed.name));
}

function refuseReserved({ tree, claimants }: Laying, databaseFolder: string): void {
  for (const path of reserved.map((name) => `${databaseFolder}/${name}`)) {
    const standing = tree.at(path);
    if (standing === undefined || standing.owner < 0) continue;
    const owner = claimants[standing.owner];
    throw unsafePath(
      owner === undefined ? "a package" : labelOf(owner),
      path,
      "that is the package database's own file",
    );
  }
}

/** The identity and the globs of a package that has some. */
function triggerLine({ installed, triggers }: DatabaseRecord): string {
  return triggers.length === 0 ? "" : `${oneLine(`${installed.checksum} ${triggers.join(" ")}`)}\n`;
}
