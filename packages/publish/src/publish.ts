import { openAttestor, type Attestor, type AttestPorts, type SigningOptions } from "@apkmill/attest";
import type { Digest } from "@apkmill/core";
import type { ExplicitCredentials, RegistryPorts } from "@apkmill/oci";
import { attachStatements, attestStatements, type AttestedStatement, type WantedStatement } from "./attest-image.ts";
import { readBundles, saveBundles } from "./bundle-files.ts";
import {
  nameOf,
  openDestinations,
  pushImage,
  readBackAll,
  requirePreviousTags,
  tagAll,
  tagsOf,
  type Destination,
} from "./destinations.ts";
import { readLayout } from "./layout.ts";
import { PublishError } from "./publish-error.ts";
import { describeAttestation, describeOutcome, type PublishedAttestation, type PublishedImage } from "./published.ts";
import { describeStatements, type StatementInputs } from "./statements.ts";
import { parseTargets } from "./targets.ts";

export interface PublishImageOptions extends StatementInputs {
  /** Where to, each with a tag; several repositories are served in turn and tagged together at the end. */
  readonly references: readonly string[];
  /** `none` attests nothing, and refuses to be asked for both. */
  readonly sign: "auto" | "none";
  /** Signing services, identity token and trust root; the public-good services when left out. */
  readonly services?: SigningOptions | undefined;
  /** What every tag must point to before; refused otherwise. */
  readonly expectPrevious?: Digest | undefined;
  readonly insecureRegistries?: readonly string[] | undefined;
  readonly credentials?: ExplicitCredentials | undefined;
  /** A folder that keeps the bundles: a run that was cut short after signing uses them again. */
  readonly bundleDir?: string | undefined;
  /** True reads and checks everything here and writes nothing anywhere. */
  readonly dryRun?: boolean | undefined;
}

export type PublishPorts = RegistryPorts & AttestPorts;

/**
 * Publishes the image of a layout in an order that cannot mislead: blobs, manifests by digest, attestations on every
 * digest, everything read back and verified, and only then the tags. It can be stopped anywhere and run again: what is
 * there is found and used, and no tag ever points to an image that has not been verified.
 * @throws PublishError PUBLISH_* · OciError REFERENCE_*, REGISTRY_*, LAYOUT_* · AttestError ATTEST_*
 */
export function publishImage(ports: PublishPorts, options: PublishImageOptions): Promise<PublishedImage> {
  return publishWith(ports, options, () => openAttestor(ports, options.services ?? {}));
}

/** {@link publishImage} with another way of signing; `openSigner` is called when there is something to sign. */
export async function publishWith(
  ports: RegistryPorts,
  options: PublishImageOptions,
  openSigner: () => Promise<Attestor>,
): Promise<PublishedImage> {
  requireSigning(options);
  const targets = parseTargets(options.references);
  const image = await readLayout(ports, options.layout);
  const wanted = await describeStatements(ports, nameOf(targets), image, options);
  if (options.dryRun === true) return { ...describeOutcome(image, wanted), tags: tagsOf(targets) };
  // Before anything is pushed: services that do not fit together are a mistake of the caller's.
  const attestor = wanted.length === 0 ? undefined : await openSigner();
  const destinations = openDestinations(ports, targets, options);
  await requirePreviousTags(destinations, options.expectPrevious, image);
  const blobs = await ports.log.group("push", () => pushImage(destinations, image));
  const attested = await ports.log.group("attest", () => attest(ports, destinations, options, attestor, wanted));
  // With new clients: nothing that was learnt while writing (a token, a redirect) may make reading succeed.
  const readers = openDestinations(ports, targets, options);
  await ports.log.group("read back", () => readBackAll(ports, readers, image, attested.statements, attestor));
  await requirePreviousTags(destinations, options.expectPrevious, image);
  const tags = await ports.log.group("tag", () => tagAll(destinations, image));
  return { ...describeOutcome(image, attested.statements), attestations: attested.published, tags, blobs };
}

function requireSigning({ attest: kinds, sign }: PublishImageOptions): void {
  if (sign === "auto" || kinds.length === 0) return;
  throw new PublishError("PUBLISH_OPTIONS", `publishing: expected to sign ${kinds.join(", ")}, found signing off`, {
    hint: "leave --attest out, or sign with --sign auto",
  });
}

interface Attested {
  readonly statements: readonly AttestedStatement[];
  readonly published: readonly PublishedAttestation[];
}

async function attest(
  ports: RegistryPorts,
  destinations: readonly Destination[],
  { bundleDir }: PublishImageOptions,
  attestor: Attestor | undefined,
  wanted: readonly WantedStatement[],
): Promise<Attested> {
  if (attestor === undefined) return { statements: [], published: [] };
  const clients = destinations.map(({ client }) => client);
  const saved = await readBundles(ports, bundleDir);
  const statements = await attestStatements(ports, clients, attestor, wanted, saved);
  // On disk before they are anywhere else: a signature in the log that nobody can find again helps no one.
  const files = await saveBundles(bundleDir, statements);
  for (const client of clients) await attachStatements(ports, client, statements);
  return { statements, published: statements.map((one) => describeAttestation(one, files)) };
}
