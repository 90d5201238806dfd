import type { PackageEntry, ScriptName, StoredPackage } from "@apkmill/apk";
import type { Limits } from "@apkmill/core";
import { numberOf, type Accounts } from "./accounts.ts";
import { unsafePath } from "./entry-path.ts";
import { nobody, type InstallTree, type NodeAttributes, type TreeNode } from "./install-tree.ts";
import type { DroppedEntry } from "./plan.ts";
import { labelOf, type Claimant } from "./precedence.ts";
import { RootfsError } from "./rootfs-error.ts";
import type { StandingRoot } from "./change/standing-root.ts";

/** What stays the same while one package after the other is laid onto the tree. */
export interface Laying {
  readonly tree: InstallTree;
  readonly packages: readonly StoredPackage[];
  /** By the number that says whose a path is: the packages to be laid, then those that a root has installed. */
  readonly claimants: readonly Claimant[];
  /** What stands already; undefined in an empty root. */
  readonly root?: StandingRoot;
  readonly limits: Limits;
  readonly identicalFiles: "refuse" | "keep-first";
  /** Of directories that no package lists. */
  readonly mtime: number;
  /** Collected, so that all are reported at once. */
  readonly conflicts: RootfsError[];
}

/** One package on its way onto the tree: what the database will list, and what speaks against a verbatim layer. */
export interface LaidPackage {
  readonly index: number;
  readonly stored: StoredPackage;
  readonly label: string;
  /** What the database keeps; nothing runs. */
  readonly scripts: ReadonlyMap<ScriptName, Uint8Array>;
  readonly triggers: readonly string[];
  /** As the root has them when this package is laid; its own account files count for later packages only. */
  readonly accounts: Accounts;
  /** Directories as the database lists them: archive order, names as archived. Undefined attributes: only implied. */
  readonly directories: Map<string, NodeAttributes | undefined>;
  readonly files: LaidFile[];
  /** Every path but directories, as archived, also those that were not laid → index of the entry with the content. */
  readonly contents: Map<string, number>;
  readonly dropped: DroppedEntry[];
  /** Directory entries that stand under their own name. */
  standingDirectories: number;
  /** The first reason why the data section is not its own layer; "" while there is none. */
  hindrance: string;
  /** The first entry that an image layer would read as a deletion. */
  deletion: DroppedEntry | undefined;
}

export interface LaidFile {
  /** As archived: the database's name. */
  readonly archived: string;
  /** The directory part of that; the same string for all files of one directory. */
  readonly directory: string;
  /** Where it stands, links resolved. */
  readonly path: string;
  readonly attributes: NodeAttributes;
  /** For the `Z:` line, 40 hex digits; "" for devices. */
  readonly sha1: string;
}

/** A package of which nothing is laid yet. */
export function beginPackage(index: number, stored: StoredPackage, accounts: Accounts): LaidPackage {
  return {
    index,
    stored,
    label: labelOf(stored.control),
    scripts: stored.scripts,
    triggers: stored.control.triggers,
    accounts,
    directories: new Map(),
    files: [],
    contents: new Map(),
    dropped: [],
    standingDirectories: 0,
    hindrance: "",
    deletion: undefined,
  };
}

/** Notes why the data section is not a layer as it is; the first reason stays. */
export function hinder(laid: LaidPackage, why: string): void {
  if (laid.hindrance === "") laid.hindrance = why;
}

/** Whose a path is; of files that are missing on the disk too, where the database has them. */
export function ownerAt({ tree, root }: Laying, path: string): number | undefined {
  return root === undefined ? tree.at(path)?.owner : root.owners.get(path);
}

/** What an archive entry becomes on this root: owners by name first. */
export function attributesOf(laid: LaidPackage, entry: PackageEntry): NodeAttributes {
  const uid = numberOf(laid.accounts.users, entry.uname, entry.uid);
  const gid = numberOf(laid.accounts.groups, entry.gname, entry.gid);
  if (uid !== entry.uid || gid !== entry.gid) {
    const here = `${String(uid)}:${String(gid)}`;
    hinder(laid, `the accounts here give ${entry.path} the owner ${here}, archived is ${entry.uid}:${entry.gid}`);
  }
  if (!isOwnerNumber(uid) || !isOwnerNumber(gid))
    throw unsafePath(laid.label, entry.path, `its owner is ${uid}:${gid}`);
  const mode = standingMode(entry);
  // Most entries are used as they are: a plan has tens of thousands, and copies are what it would spend its time on.
  return uid === entry.uid && gid === entry.gid && mode === entry.mode ? entry : { ...entry, mode, uid, gid };
}

/** 2^32 - 1 means "leave as it is" to chown(2), larger numbers nothing at all. */
function isOwnerNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < 2 ** 32 - 1;
}

/**
 * The mode that `apk add` leaves. It makes a directory with mkdir(2), which takes the sticky bit but not setuid and setgid
 * (golden/install: `var/log/chrony` is 2750 in the database and 750 on disk); a symbolic link has no mode of its own.
 */
function standingMode({ type, mode }: PackageEntry): number {
  if (type === "directory") return mode & 0o1777;
  return type === "symlink" ? 0o777 : mode;
}

/** Two packages want one path: the error that names both, and what each wants to put there. */
export function conflictOf(
  laying: Laying,
  laid: LaidPackage,
  path: string,
  type: string,
  standing: TreeNode | undefined,
): RootfsError {
  const other = laying.claimants[ownerAt(laying, path) ?? nobody];
  const owner = other === undefined ? (standing?.reason ?? "another package") : labelOf(other);
  return new RootfsError(
    "ROOTFS_CONFLICT",
    `cannot lay the ${type} ${path} of ${laid.label}: ${owner} has a ${standing?.type ?? "file"} there`,
    {
      hint: `leave out one of the two packages, or let one declare that it replaces the other`,
      context: { package: laid.label, path },
    },
  );
}
