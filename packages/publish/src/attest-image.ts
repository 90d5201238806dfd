import type { Attestor, Statement, VerifiedBundle } from "@apkmill/attest";
import { canonicalJson, digestOf, hexOf, isEngineError, type Digest, type Ports } from "@apkmill/core";
import type { Descriptor, RegistryClient } from "@apkmill/oci";
import { blobOf, emptyBlob, fetchBundles, referrerFor, type StoredBundle } from "./bundles.ts";

/** Something to be said, signed, about a manifest. */
export interface WantedStatement {
  readonly subject: Descriptor;
  readonly statement: Statement;
}

/** A statement with the bundle that says it. */
export interface AttestedStatement extends WantedStatement {
  readonly bundle: Buffer;
  /** True when the bundle was found, from an earlier run, and not signed now. */
  readonly reused: boolean;
}

/**
 * A bundle for every statement. One that a registry already has, or that `saved` holds, is used again when it says the
 * same about the same subject in the same name: a rerun neither signs nor attaches twice. All others are signed.
 */
export async function attestStatements(
  { log }: Pick<Ports, "log">,
  clients: readonly RegistryClient[],
  attestor: Attestor,
  wanted: readonly WantedStatement[],
  saved: readonly Buffer[],
): Promise<AttestedStatement[]> {
  if (wanted.length === 0) return [];
  const known = await findKnown(log, clients, attestor, wanted, saved);
  const identity = await attestor.identity();
  const reusable = wanted.map((one) => known.find((bundle) => says(bundle, one, identity))?.bytes);
  const missing = wanted.filter((_, index) => reusable[index] === undefined);
  const signed = (await attestor.sign(missing.map(({ statement }) => statement))).values();
  return wanted.map((one, index) => {
    const bundle = reusable[index] ?? signed.next().value;
    if (bundle === undefined) throw new RangeError("fewer bundles than statements were signed");
    return { ...one, bundle, reused: reusable[index] !== undefined };
  });
}

/** Attaches bundles to their subjects, those of one subject together. What is listed already is left alone. */
export async function attachStatements(
  { log }: Pick<Ports, "log">,
  client: RegistryClient,
  attested: readonly AttestedStatement[],
): Promise<void> {
  const bySubject = Map.groupBy(attested, ({ subject }) => subject.digest);
  for (const [subject, statements] of bySubject) {
    const listed = new Set((await client.listReferrers(subject)).map(({ digest }) => digest));
    const referrers = statements.map((one) => referrerFor(one.subject, one.statement.predicateType, one.bundle));
    if (referrers.every(({ bytes }) => listed.has(digestOf(bytes)))) continue;
    for (const blob of [emptyBlob, ...statements.map(({ bundle }) => blobOf(bundle))]) await client.pushBlob(blob);
    const route = await client.attachReferrers(subject, referrers);
    log.debug(`attached ${String(referrers.length)} statements to ${subject} (${route})`);
  }
}

interface KnownBundle extends VerifiedBundle {
  readonly bytes: Buffer;
}

async function findKnown(
  log: Ports["log"],
  clients: readonly RegistryClient[],
  attestor: Attestor,
  wanted: readonly WantedStatement[],
  saved: readonly Buffer[],
): Promise<KnownBundle[]> {
  const bundles = new Map<Digest, Buffer>(saved.map((bytes) => [digestOf(bytes), bytes]));
  for (const client of clients) {
    for (const subject of new Set(wanted.map(({ subject: { digest } }) => digest))) {
      const found = await fetchBundles(client, subject, log);
      for (const { digest, bytes } of found.filter((bundle) => mayMatter(bundle, wanted))) bundles.set(digest, bytes);
    }
  }
  const verified = await Promise.all([...bundles.values()].map((bytes) => verifyOrSkip(log, attestor, bytes)));
  return verified.filter((bundle) => bundle !== undefined);
}

function mayMatter({ predicateHint }: StoredBundle, wanted: readonly WantedStatement[]): boolean {
  return predicateHint === undefined || wanted.some(({ statement }) => statement.predicateType === predicateHint);
}

/** A bundle that does not verify is not ours to use again, whatever is wrong with it. */
async function verifyOrSkip(log: Ports["log"], attestor: Attestor, bytes: Buffer): Promise<KnownBundle | undefined> {
  try {
    return { ...(await attestor.verify(bytes)), bytes };
  } catch (error) {
    if (!isEngineError(error)) throw error;
    log.debug(`bundle ${digestOf(bytes)} is not used again: ${error.message}`);
    return undefined;
  }
}

function says(
  bundle: KnownBundle,
  { subject, statement }: WantedStatement,
  who: { readonly identity: string; readonly issuer: string },
): boolean {
  return (
    bundle.signer.identity === who.identity &&
    bundle.signer.issuer === who.issuer &&
    bundle.statement.predicateType === statement.predicateType &&
    isAbout(bundle.statement, subject.digest) &&
    canonicalJson(bundle.statement.predicate) === canonicalJson(statement.predicate)
  );
}

/** True when a statement names the digest as one of its subjects; names of subjects do not count. */
export function isAbout(statement: Statement, digest: Digest): boolean {
  return statement.subject.some((subject) => subject.digest["sha256"] === hexOf(digest));
}
