import type { Digest } from "@apkmill/core";
import type { BuildPorts } from "./build-options.ts";

/** One package of a finished build: an unsigned `.apk` in the store, and what its index record repeats. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly origin: string;
  readonly installedSizeBytes: number;
  /** The unsigned file. */
  readonly digest: Digest;
}

/** What a build gave, before anything is signed or put anywhere. */
export interface FinishedBuild {
  readonly packages: readonly PackedPackage[];
  readonly warnings: readonly string[];
}

const kind = "apk-build";

/** The packages of an earlier build from the same input, or undefined when any of them is no longer whole in the store. */
export async function recallBuild({ store }: BuildPorts, key: Digest): Promise<FinishedBuild | undefined> {
  const known = asFinishedBuild(await store.fact(kind, key));
  if (known === undefined) return undefined;
  for (const { digest } of known.packages) if ((await store.find(digest)) === undefined) return undefined;
  return known;
}

/** Remembers a build that finished. */
export async function rememberBuild({ store }: BuildPorts, key: Digest, build: FinishedBuild): Promise<void> {
  await store.remember(kind, key, build);
}

/** The store checks that a fact is what was put into it; only this file puts facts of this kind there. */
function asFinishedBuild(fact: unknown): FinishedBuild | undefined {
  return typeof fact === "object" && fact !== null && "packages" in fact ? (fact as FinishedBuild) : undefined;
}
