import type { InstalledPackage } from "@apkmill/apk";
import { compareBytes } from "@apkmill/core";

/** A package that only one of two images has, or both in different versions. */
export interface PackageChange {
  readonly name: string;
  readonly from?: PackageState;
  readonly to?: PackageState;
}

export interface PackageState {
  readonly version: string;
  readonly origin: string;
  /** As the package says of itself. */
  readonly installedSizeBytes: number;
  /** Of the package; another one with the same version is a package that was built again. */
  readonly checksum: string;
}

/** By name. */
export function diffPackages(from: readonly InstalledPackage[], to: readonly InstalledPackage[]): PackageChange[] {
  const [old, now] = [byName(from), byName(to)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareBytes);
  return names.flatMap((name) => {
    const [before, after] = [old.get(name), now.get(name)];
    if (before?.version === after?.version && before?.checksum === after?.checksum) return [];
    return [{ name, ...(before === undefined ? {} : { from: before }), ...(after === undefined ? {} : { to: after }) }];
  });
}

function byName(installed: readonly InstalledPackage[]): ReadonlyMap<string, PackageState> {
  return new Map(
    installed.map(({ name, version, origin, installedSizeBytes, checksum }) => {
      return [name, { version, origin, installedSizeBytes, checksum }];
    }),
  );
}
