import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPackageFile, type ContentPorts, type StoredPackage } from "@apkmill/apk";
import { defaultLimits, openStore } from "@apkmill/core";

/** The folder of real data, beside the repository or where `APKMILL_CORPORA` says. */
export const corpora = process.env["APKMILL_CORPORA"] ?? join(import.meta.dirname, "../../../../../shared/corpora");

/** For a test's `skip`: the reason when a part of the corpora is missing, else false. */
export function missing(...parts: string[]): string | false {
  return existsSync(join(corpora, ...parts)) ? false : `needs corpora/${parts.join("/")}`;
}

export interface Bench extends ContentPorts {
  readonly folder: string;
  /** Reads `name-version.apk` of a repository folder into the store. */
  readonly read: (repository: string, label: string) => Promise<StoredPackage>;
}

/** A new store in a folder that is removed when the test ends. */
export async function openBench(t: { after(work: () => Promise<void>): void }): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-rootfs-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const store = await openStore(join(folder, "store"));
  const ports = { store, limits: defaultLimits };
  const read = (repository: string, label: string): Promise<StoredPackage> =>
    readPackageFile(ports, join(corpora, repository, `${label}.apk`));
  return { ...ports, folder, read };
}

/** The `.apk` files of a corpus folder, sorted. */
export function packageFiles(folder: string): string[] {
  return readdirSync(join(corpora, folder))
    .filter((name) => name.endsWith(".apk"))
    .sort()
    .map((name) => name.slice(0, -".apk".length));
}
