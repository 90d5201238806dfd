export type {
  AccountFiles,
  DroppedEntry,
  EntrySource,
  InstallPlan,
  InstallRequest,
  PlannedEntry,
  PlannedPackage,
} from "./plan.ts";
export { planInstall } from "./plan-install.ts";
export { loadAccountFiles } from "./account-files.ts";
export { parseAccountNumbers } from "./accounts.ts";
export {
  addWithAncestors,
  ancestorsOf,
  baseNameOf,
  isWhiteout,
  joinPath,
  parentOf,
  requireSafePath,
} from "./entry-path.ts";
export {
  restatements,
  sameDevice,
  sameXattrs,
  stackedTree,
  withAncestors,
  type ContentOf,
  type LayerEntry,
  type StackedEntry,
  type StackedTree,
} from "./stacked-tree.ts";
export { contentIn } from "./content-in.ts";
export { entriesOfPackages, readPlanEntries } from "./read-plan-entries.ts";
export type { ChangePlan, ChangeRequest, InstalledRoot, RootAction, RootChange } from "./change/change.ts";
export { planChange, planLayeredChange } from "./change/plan-change.ts";
export { readRoot } from "./change/read-root.ts";
export { readView, type RootReader } from "./change/root-reader.ts";
export type { RootView, StandingEntry } from "./change/root-view.ts";
export { readLayerBlob } from "./layer-blob.ts";
export { fetchChanges, type FetchedChanges } from "./change/fetch-changes.ts";
export { openRoot, type OpenRoot } from "./change/open-root.ts";
export { writeChange } from "./change/write-change.ts";
export { hashContents } from "./hash-contents.ts";
export { planManifest } from "./manifest.ts";
export { writePlanToDisk, type WrittenRoot } from "./write-to-disk.ts";
export { formatInstalled } from "./format-installed.ts";
export { readInstalled } from "./read-installed.ts";
export type { InstalledDirectory, InstalledFile, InstalledOwner, InstalledPackage } from "@apkmill/apk";
export { RootfsError, type RootfsErrorCode } from "./rootfs-error.ts";
export { describeLoaderCache, type LoaderCache, type LoaderCacheRequest } from "./loader-cache/loader-cache.ts";
export type { LoaderRoot } from "./loader-cache/loader-root.ts";
