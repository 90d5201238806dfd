import type { Fingerprint } from "./fingerprint.ts";
import type { RootView } from "./root-view.ts";

/** What laying packages onto a root that has some must know beyond the tree. Changes as packages come and go. */
export interface StandingRoot {
  readonly view: RootView;
  /** Whether users and groups on the disk are those of the root. */
  readonly hasOwners: boolean;
  /** Physical path → number of the package that the database says has it, whether or not it stands on the disk. */
  readonly owners: Map<string, number>;
  /** Physical path → content that its owner put there. None for devices, and where the database does not say. */
  readonly fingerprints: Map<string, Fingerprint>;
  /** Installed packages that these changes remove: what is theirs may be taken. */
  readonly leaving: ReadonlySet<number>;
  /** Whether files in a directory, named as packages name it, are for the administrator to change. */
  readonly isProtected: (directory: string) => boolean;
  /** Paths that stay as they are although a package brings or removes something there → why. */
  readonly kept: Map<string, string>;
}
