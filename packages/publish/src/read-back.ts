import type { BundleVerifier } from "@apkmill/attest";
import { digestOf, type Ports } from "@apkmill/core";
import type { Descriptor, RegistryClient } from "@apkmill/oci";
import { isAbout, type AttestedStatement } from "./attest-image.ts";
import { fetchBundles } from "./bundles.ts";
import { forEachConcurrently } from "./concurrently.ts";
import { blobsOf, type PublishableImage } from "./image.ts";
import { predicateName } from "./predicates.ts";
import { PublishError } from "./publish-error.ts";
import { fetchServedImage } from "./served-image.ts";

const parallelReads = 4;

/**
 * Reads a published image as any user would, by digest, and compares: every manifest, config and layer is fetched and
 * hashed, every bundle found through the subject's referrers and verified. Nothing is tagged before this has passed.
 * @throws PublishError PUBLISH_READ_BACK · OciError REGISTRY_CONTENT_CHANGED, REGISTRY_NOT_FOUND
 */
export async function readBack(
  { log }: Pick<Ports, "log">,
  client: RegistryClient,
  image: PublishableImage,
  attested: readonly AttestedStatement[],
  verifier: BundleVerifier | undefined,
): Promise<void> {
  const { registry, repository } = client;
  const served = await fetchServedImage(client, { registry, repository, digest: image.index.descriptor.digest });
  requireSame(
    "platform manifests",
    image.platforms.map(({ descriptor }) => descriptor.digest),
    served.platforms.map(({ digest }) => digest),
  );
  await forEachConcurrently(blobsOf(image), parallelReads, (descriptor) => readBlob(client, descriptor));
  for (const [subject, statements] of Map.groupBy(attested, ({ subject: { digest } }) => digest)) {
    const found = await fetchBundles(client, subject, log);
    for (const one of statements) {
      const bundle = found.find(({ digest }) => digest === digestOf(one.bundle));
      if (bundle === undefined) throw lost(client, one);
      if (verifier !== undefined) await requireSaid(client, one, bundle.bytes, verifier);
    }
  }
}

async function readBlob(client: RegistryClient, { digest, size }: Descriptor): Promise<void> {
  let total = 0;
  for await (const chunk of client.openBlob(digest, size)) total += chunk.byteLength;
  requireSame(`the size of ${digest}`, [String(size)], [String(total)]);
}

async function requireSaid(
  client: RegistryClient,
  { subject, statement }: AttestedStatement,
  bundle: Buffer,
  verifier: BundleVerifier,
): Promise<void> {
  const verified = await verifier.verify(bundle);
  if (verified.statement.predicateType === statement.predicateType && isAbout(verified.statement, subject.digest))
    return;
  throw new PublishError(
    "PUBLISH_READ_BACK",
    `reading back ${predicateName(statement.predicateType)} of ${subject.digest} from ${client.registry}/${client.repository}: ` +
      `expected a statement about it, found ${predicateName(verified.statement.predicateType)} about something else`,
    { kind: "bug" },
  );
}

function requireSame(what: string, expected: readonly string[], found: readonly string[]): void {
  if (expected.join() === found.join()) return;
  throw new PublishError(
    "PUBLISH_READ_BACK",
    `reading back ${what}: expected ${expected.join(", ")}, found ${found.join(", ")}`,
    { kind: "remote", hint: "do not use this image; publish it again" },
  );
}

function lost({ registry, repository }: RegistryClient, { subject, statement }: AttestedStatement): PublishError {
  return new PublishError(
    "PUBLISH_READ_BACK",
    `reading back ${predicateName(statement.predicateType)} of ${subject.digest} from ${registry}/${repository}: ` +
      "expected it among the referrers, found it neither by the referrers API nor by the fallback tag",
    { kind: "remote", hint: "another job may write to the same tag; run the command again, it continues" },
  );
}
