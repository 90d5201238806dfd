import type { StoredPackage } from "@apkmill/apk";
import type { Store } from "@apkmill/core";
import { directory, file, hardlink, packageOf, symlink } from "./build-package.ts";
import { storePackage } from "./store-package.ts";

/** A package with one entry of each kind that an upgrade treats differently. */
export const firstPackage = packageOf("foo", [
  directory("closed", { mode: 0o750 }),
  file("closed/su", undefined, { mode: 0o4755 }),
  file("etc/conf"),
  file("usr/old/gone"),
  file("usr/stays"),
  hardlink("usr/stays2", "usr/stays"),
  symlink("usr/link", "stays"),
]);
const second = withVersion(
  packageOf("foo", [
    directory("closed", { mode: 0o700 }),
    file("closed/su", "2", { mode: 0o4711 }),
    file("etc/conf", "new"),
    file("usr/stays", "2"),
    hardlink("usr/stays3", "usr/stays"),
    file("usr/new/deep/f", "f", { mode: 0o600 }),
    hardlink("usr/new/g", "usr/new/deep/f"),
    directory("usr/new/shut", { mode: 0o555 }),
    symlink("usr/link", "new"),
    file("usr/link2", "f"),
  ]),
  "2-r0",
);

function withVersion(one: StoredPackage, version: string): StoredPackage {
  return { ...one, identity: "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=", control: { ...one.control, version } };
}

const contents = new Map([
  ["closed/su", "2"],
  ["etc/conf", "new"],
  ["usr/stays", "2"],
  ["usr/new/deep/f", "f"],
  ["usr/link2", "f"],
]);

/** Its next version, in the store. */
export function storeSecond(store: Store): Promise<StoredPackage> {
  return storePackage(store, second, contents);
}
