import type { InstalledRecord } from "../installed-package.ts";
import type { AvailablePackage } from "../repository.ts";

/**
 * One step from what is installed to what is to be, as apk lists them (A10.6). Everything that needs a package comes after it;
 * removals stand where their reason appears, such as before the package that takes over a name.
 *
 * `tag` is what the installed database is to say in `s:`: the pinning tag under which the package is now held, or "".
 */
export type Change =
  /** Nothing of its name is installed. */
  | { readonly kind: "install"; readonly package: AvailablePackage; readonly tag: string }
  /** A newer one, an older one, or another one of the same version takes the place of what is installed. */
  | {
      readonly kind: "upgrade" | "downgrade" | "replace";
      readonly package: AvailablePackage;
      readonly previous: InstalledRecord;
      readonly tag: string;
    }
  /** The same package once more. */
  | {
      readonly kind: "reinstall";
      readonly package: AvailablePackage;
      readonly previous: InstalledRecord;
      readonly tag: string;
    }
  /** The package stays, under another tag (`previous.tag` is the one so far). */
  | { readonly kind: "repin"; readonly previous: InstalledRecord; readonly tag: string }
  /** The package goes: apk calls it purging. */
  | { readonly kind: "remove"; readonly previous: InstalledRecord };

/** The package that a change lays down; undefined for one that lays down nothing. */
export function laidDown(change: Change): AvailablePackage | undefined {
  switch (change.kind) {
    case "install":
    case "upgrade":
    case "downgrade":
    case "replace":
    case "reinstall":
      return change.package;
    case "repin":
    case "remove":
      return undefined;
  }
}
