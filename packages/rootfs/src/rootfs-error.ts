import { EngineError } from "@apkmill/core";

export type RootfsErrorCode =
  /** Two packages want one path and no rule says whose it is. */
  | "ROOTFS_CONFLICT"
  /** A path that leaves the root, cannot be written on one line, or would overwrite the package database. */
  | "ROOTFS_UNSAFE_PATH"
  /** What should be a directory on the way to a path is a file, or a link that leads nowhere. */
  | "ROOTFS_BAD_PARENT"
  /** A hard link to what this package has not brought before. */
  | "ROOTFS_BAD_LINK"
  /** One package brings one path twice. */
  | "ROOTFS_DUPLICATE_PATH"
  /** A request that names what cannot be written into the tree (key names, repository lines). */
  | "ROOTFS_BAD_REQUEST"
  /** Text that is not an installed database. */
  | "ROOTFS_BAD_DATABASE"
  /** A package's data section does not hold the entries that the plan was made from. */
  | "ROOTFS_STALE_PLAN"
  /** The target folder holds something already, and no package database. */
  | "ROOTFS_NOT_EMPTY"
  /** Another process is changing the root. */
  | "ROOTFS_LOCKED"
  /** The target cannot be written as planned. */
  | "ROOTFS_UNWRITABLE";

/** Errors of laying packages down: of the plan, of its writers, and of the database reader. */
export class RootfsError extends EngineError<RootfsErrorCode> {}
