import type { StoredPackage } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import type { InstalledPackage } from "@apkmill/rootfs";
import type { ApkFacts } from "@apkmill/sbom";
import type { PlatformPlan } from "./plan-platform.ts";
import { openEmbeddedSboms, type EmbeddedSboms } from "./embedded-sboms.ts";

/** What an SBOM is told of each package that is installed, whether it came with the base image or was laid over it. */
export async function installedFacts(
  ports: Pick<Ports, "store" | "limits" | "log">,
  plan: Pick<PlatformPlan, "tree" | "packages" | "planned" | "base">,
): Promise<ApkFacts[]> {
  const embedded = openEmbeddedSboms(ports, plan);
  const facts: ApkFacts[] = [];
  for (const standing of plan.base?.root.packages ?? []) facts.push(await factsOfStanding(standing, embedded));
  for (const [index, stored] of plan.packages.entries()) {
    if (plan.planned[index]?.supersededBy !== undefined) continue;
    facts.push(await factsOfStored(stored, index, embedded));
  }
  return facts;
}

async function factsOfStored(
  stored: StoredPackage,
  index: number,
  embedded: EmbeddedSboms | undefined,
): Promise<ApkFacts> {
  const { control, format, identity, data } = stored;
  return {
    control,
    dataDigest: data.digest,
    identitySha1: format === "v2" ? sha1Of(identity) : undefined,
    embedded: await embedded?.(control, index),
  };
}

/** The database keeps the identity, and no hash of the data. That of a v3 package is no SHA-1, which its flag says. */
async function factsOfStanding(standing: InstalledPackage, embedded: EmbeddedSboms | undefined): Promise<ApkFacts> {
  const { checksum, flags } = standing;
  const hasSha1 = /^Q1[A-Za-z0-9+/]{27}=$/.test(checksum) && !flags.includes("S");
  return {
    control: standing,
    identitySha1: hasSha1 ? sha1Of(checksum) : undefined,
    embedded: await embedded?.(standing, "base"),
  };
}

/** The hash in a `Q1…`, as hex. */
function sha1Of(identity: string): string {
  return Buffer.from(identity.slice(2), "base64").toString("hex");
}
