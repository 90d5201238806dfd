import { existsSync, readdirSync, statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { keyringOf, parsePublicKey } from "../keyring.ts";
import type { Keyring } from "../keys.ts";
import { alpineKeys, corpora, packagesIn } from "./corpora.ts";
import type { Specimen } from "./mutation-run.ts";
import { testKey, testFile, writeTestPackage } from "./packages.ts";
import { shapeIndex, shapePackage } from "./raw-package.ts";

const maxBytes = 64 * 1024;
/** Published with a data section that is not the one that its datahash names. */
const broken = "neon-4604-r0.apk";

/** Each file twice: once with its signature checked, once without. */
function bothWays(path: string, kind: Specimen["kind"], keyring: Keyring | undefined): Specimen[] {
  const unchecked: Specimen = { path, kind, keyring: undefined };
  return keyring === undefined ? [unchecked] : [{ path, kind, keyring }, unchecked];
}

/** Packages and indexes of our own making, in `folder`. */
export async function ownSpecimens(folder: string): Promise<Specimen[]> {
  const { key, keyring } = testKey();
  const written = await writeTestPackage(folder, { key });
  const large = await writeTestPackage(folder, {
    key,
    control: { name: "large" },
    entries: Array.from({ length: 60 }, (_, at) =>
      testFile(`file-${String(at)}`, `content ${String(at)}\n`.repeat(at)),
    ),
  });
  await writeFile(join(folder, "small.apk"), shapePackage(key));
  await writeFile(join(folder, "index"), shapeIndex(key));
  return [
    ...[written.path, large.path, join(folder, "small.apk")].flatMap((path) => bothWays(path, "package", keyring)),
    ...bothWays(join(folder, "index"), "index", keyring),
  ];
}

/** The smaller real packages and indexes of the corpora, with the keys that signed them. */
export async function realSpecimens(): Promise<Specimen[]> {
  const alpine = await alpineKeys("alpine-3.19-x86_64/apks/x86_64");
  const openwrt = await pemKeys(join(corpora, "openwrt-v3"));
  const folders: readonly (readonly [folder: string, keyring: Keyring | undefined])[] = [
    ["alpine-3.19-x86_64/apks/x86_64", alpine],
    ["wolfi-signed", undefined],
    ["openwrt-v3", openwrt],
  ];
  const packages = folders.flatMap(([folder, keyring]) =>
    packagesIn(folder)
      .filter((path) => statSync(path).size <= maxBytes && basename(path) !== broken)
      .flatMap((path) => bothWays(path, "package", keyring)),
  );
  const indexes: readonly (readonly [path: string, keyring: Keyring])[] = [
    ["alpine-3.19-x86_64/apks/x86_64/APKINDEX.tar.gz", alpine],
    ["openwrt-v3/packages.adb", openwrt],
  ];
  return [
    ...packages,
    ...indexes
      .map(([path, keyring]) => [join(corpora, path), keyring] as const)
      .filter(([path]) => existsSync(path))
      // Of a v3 index nothing but the signature says that its bytes are whole: unchecked, it may come to say anything.
      .flatMap(([path, keyring]) =>
        path.endsWith(".adb") ? [{ path, kind: "index" as const, keyring }] : bothWays(path, "index", keyring),
      ),
  ];
}

async function pemKeys(folder: string): Promise<Keyring> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".pem"));
  return keyringOf(
    await Promise.all(
      names.map(async (name) => parsePublicKey(basename(name), await readFile(join(folder, name), "utf8"))),
    ),
  );
}
