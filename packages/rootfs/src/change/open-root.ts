import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { isSystemError, type Ports } from "@apkmill/core";
import { unwritable, type Ground, type OwnerMode } from "../disk-ground.ts";
import { RootfsError } from "../rootfs-error.ts";
import type { InstalledRoot } from "./change.ts";
import { viewDisk } from "./disk-view.ts";
import { lockRoot, type Unlock } from "./lock-root.ts";
import { readRoot, readSettings, type RootSettings } from "./read-root.ts";
import { finishInterrupted } from "./recover.ts";
import { readRootFiles } from "./root-reader.ts";
import type { RootView } from "./root-view.ts";

/** A root with a package database, locked against other changes until it is closed. */
export interface OpenRoot {
  readonly ground: Ground;
  readonly root: InstalledRoot;
  readonly settings: RootSettings;
  readonly view: RootView;
  /** Physical path of the database's folder. */
  readonly databasePath: string;
  readonly close: () => Promise<void>;
}

export interface OpenRootOptions {
  readonly owners: OwnerMode;
  /** Only to be looked at: the root is neither locked nor is an interrupted change of it finished. Default false. */
  readonly reading?: boolean;
}

/** Where apk has its database, and where merged-usr systems without a link at `lib` do. */
const databaseFolders = ["lib/apk/db", "usr/lib/apk/db"];

/**
 * Opens a root that has packages. A change that was killed before is finished first. Undefined for a folder that is absent or
 * empty: that is a new root. The caller closes it.
 *
 * @throws RootfsError ROOTFS_NOT_EMPTY for a folder with something else in it, ROOTFS_LOCKED, ROOTFS_BAD_DATABASE,
 * ROOTFS_UNWRITABLE; CoreError LIMIT_EXCEEDED
 */
export async function openRoot(
  ports: Pick<Ports, "signal" | "env" | "limits" | "log">,
  folder: string,
  { owners, reading = false }: OpenRootOptions,
): Promise<OpenRoot | undefined> {
  if (await isEmpty(folder)) return undefined;
  const found = findDatabase(folder);
  const ground = { folder, owners, signal: ports.signal, searchPath: ports.env["PATH"] };
  const close = reading ? asItIs : await lock(ports, ground, found.path);
  try {
    if (!reading && finishInterrupted(ground, found.path)) {
      ports.log.warn("a change of this root had been interrupted; it is finished now");
    }
    const view = viewDisk(folder);
    const reader = readRootFiles(folder, view);
    const root = await readRoot(reader, found.folder, ports.limits);
    return { ground, root, settings: readSettings(reader, ports.limits), view, databasePath: found.path, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

const asItIs = (): Promise<void> => Promise.resolve();

async function lock({ log }: Pick<Ports, "log">, { folder, searchPath }: Ground, path: string): Promise<Unlock> {
  const unlock = await lockRoot(resolve(folder, path, "lock"), searchPath);
  if (unlock === undefined) log.debug("flock is not installed: the root is not locked against apk");
  return unlock ?? asItIs;
}

async function isEmpty(folder: string): Promise<boolean> {
  return readdir(folder).then(
    (names) => names.length === 0,
    (cause: unknown) => {
      if (isSystemError(cause) && cause.code === "ENOENT") return true;
      throw isSystemError(cause) ? unwritable(folder, cause) : cause;
    },
  );
}

function findDatabase(folder: string): { readonly folder: string; readonly path: string } {
  const reader = readRootFiles(folder, viewDisk(folder));
  for (const candidate of databaseFolders) {
    const path = reader.directory(candidate);
    if (path !== undefined && reader.names(candidate).includes("installed")) return { folder: candidate, path };
  }
  throw new RootfsError(
    "ROOTFS_NOT_EMPTY",
    `cannot lay packages into ${folder}: it holds something, and no package database`,
    {
      hint: "give a new or an empty folder, or a root that apk made",
      context: { path: folder },
    },
  );
}
