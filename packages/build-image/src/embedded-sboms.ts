import type { PackageInfo, StoredPackage } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import { joinPath, type PlannedEntry } from "@apkmill/rootfs";
import { missingElements, ownElement, parseSpdx, readSpdx, type SpdxDocument } from "@apkmill/sbom";
import { contentPlace } from "./content-place.ts";
import { fileAt } from "./file-at.ts";
import type { PlatformPlan } from "./plan-platform.ts";
import { readPlannedFile } from "./read-file.ts";

/**
 * Gives the document that a package carries for itself; undefined when it has none. A package is told by its place among
 * those of the plan, or it is of the `base`.
 */
export type EmbeddedSboms = (label: Label, owner: number | "base") => Promise<SpdxDocument | undefined>;

type Label = Pick<PackageInfo, "name" | "version">;

type SbomPorts = Pick<Ports, "store" | "limits" | "log">;

const folder = "var/lib/db/sbom";

/**
 * The documents that packages carry for themselves (reference apko §7); undefined for a tree without any, which then costs
 * nothing. What was read of a document is remembered under the digest of the package's data, so that a second build inflates
 * nothing. One that cannot be used is reported, and its package is described by its metadata alone.
 */
export function openEmbeddedSboms(
  ports: SbomPorts,
  { tree, packages, base }: Pick<PlatformPlan, "tree" | "packages" | "base">,
): EmbeddedSboms | undefined {
  if (tree.follow(folder)?.type !== "directory") return undefined;
  const isOfBase = openBaseFiles(base);
  let totalBytes = 0;
  return async (label, owner) => {
    const path = namesOf(label).find((each) => {
      const entry = fileAt(tree, each);
      return owner === "base" ? isOfBase(label.name, entry, each) : isOf(owner, entry);
    });
    const entry = path === undefined ? undefined : tree.follow(path);
    if (path === undefined || entry === undefined) return undefined;
    totalBytes += entry.sizeBytes;
    const { configBytes, responseBytes } = ports.limits;
    const tooLarge = entry.sizeBytes > configBytes || totalBytes > responseBytes;
    const document = tooLarge ? undefined : await remembered(ports, packages, entry);
    const problem = tooLarge ? `is too large (${String(entry.sizeBytes)} bytes)` : problemOf(document, label);
    if (problem !== undefined) ports.log.warn(`the SBOM ${path} of ${label.name}-${label.version} ${problem}`);
    return document;
  };
}

/** With the whole version, without the number of the build, and without a version. */
function namesOf({ name, version }: Label): string[] {
  const stems = [`${name}-${version}`, `${name}-${version.replace(/-r\d+$/, "")}`, name];
  return stems.map((stem) => `${folder}/${stem}.spdx.json`);
}

/** Another package's file says nothing about this one, whatever its name. */
function isOf(owner: number, entry: PlannedEntry | undefined): boolean {
  return entry?.source.kind === "package" && entry.source.package === owner;
}

/**
 * As {@link isOf}, for a package of the base by its name: the base's database says whose a file is, under the path that the package
 * gave it. A package without files there, such as one that only a listing names, has what is no other's.
 */
function openBaseFiles(base: PlatformPlan["base"]) {
  const owners = new Map<string, string>();
  for (const { name, directories } of base?.root.packages ?? [])
    for (const { path, files } of directories) for (const one of files) owners.set(joinPath(path, one.name), name);
  const known = new Set(owners.values());
  return (name: string, entry: PlannedEntry | undefined, path: string): boolean => {
    if (entry?.source.kind !== "layer") return false;
    const owner = owners.get(entry.path) ?? owners.get(path);
    return owner === undefined ? !known.has(name) : owner === name;
  };
}

/** The fact is the document as it was understood, or null; a fact that is neither is computed again. */
async function remembered(
  ports: SbomPorts,
  packages: readonly StoredPackage[],
  entry: PlannedEntry,
): Promise<SpdxDocument | undefined> {
  const key = contentPlace(packages, entry);
  const known = await ports.store.fact("sbom", key);
  if (known === null) return undefined;
  const document = readSpdx(known);
  if (document !== undefined) return document;
  const parsed = parseSpdx((await readPlannedFile(ports, packages, entry)).toString("utf8"));
  await ports.store.remember("sbom", key, parsed ?? null);
  return parsed;
}

function problemOf(document: SpdxDocument | undefined, { name }: Label): string | undefined {
  if (document === undefined) return "is no SPDX 2 document and is left out";
  if (ownElement(document, name) === undefined) return "describes nothing and is left out";
  const missing = missingElements(document);
  if (missing.length === 0) return undefined;
  return `does not have ${String(missing.length)} of the elements that it mentions, such as ${(missing[0] ?? "").slice(0, 100)}`;
}
