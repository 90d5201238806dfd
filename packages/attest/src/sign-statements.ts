import { sign } from "node:crypto";
import { isEngineError, type Ports } from "@apkmill/core";
import type { Witness } from "@sigstore/sign";
import { AttestError } from "./attest-error.ts";
import { localBuilderId } from "./build-platform.ts";
import type { CertificateHolder } from "./certificate-holder.ts";
import type { SigningCertificate } from "./fulcio.ts";
import { buildType, type Provenance } from "./provenance.ts";
import { openRekorV2Witness } from "./rekor-v2-witness.ts";
import type { SigningServices } from "./signing-services.ts";
import { encodeStatement, predicateTypes, statementPayloadType, type Statement } from "./statement.ts";
import { openTsaWitness } from "./tsa-witness.ts";
import type { BundleVerifier } from "./verify-bundle.ts";

export interface SigningContext {
  readonly ports: Pick<Ports, "http" | "log">;
  readonly services: SigningServices;
  readonly certificates: CertificateHolder;
  /** What every bundle must pass before it is handed out. */
  readonly verifier: BundleVerifier;
}

/** Rekor v1 gets the whole envelope, and its front ends drop connections somewhere above this size. */
const largeForV1Bytes = 1024 * 1024;
const witnessTimeoutMs = 30_000;
const maxSignings = 3;

/**
 * One sigstore bundle (v0.3, JSON) for each statement, in their order, each verified before it is returned: a
 * timestamp or log entry that nobody would accept is found here and not by the users.
 * @throws AttestError ATTEST_*
 */
export async function signEach(context: SigningContext, statements: readonly Statement[]): Promise<Buffer[]> {
  const bundles: Buffer[] = [];
  // One after the other: a log rate-limits, and a failure should leave few entries that nobody uses.
  for (const statement of statements) bundles.push(await signOne(context, statement));
  return bundles;
}

async function signOne(context: SigningContext, statement: Statement): Promise<Buffer> {
  const payload = encodeStatement(statement);
  warnOfSize(context, payload);
  const certificate = await context.certificates.current();
  requireOwnBuilder(statement, certificate);
  const bundle = await createBundle(context, certificate, payload);
  await requireVerifiable(context.verifier, certificate, payload, bundle);
  return bundle;
}

/** Signs again when the log met a signature whose answer was lost: a new signature is a new entry. */
async function createBundle(
  context: SigningContext,
  certificate: SigningCertificate,
  payload: Buffer,
): Promise<Buffer> {
  const { DSSEBundleBuilder, bundleToJSON } = await import("./sigstore-signing.ts");
  const signer = {
    sign: (data: Buffer) =>
      Promise.resolve({
        signature: sign("sha256", data, certificate.privateKey),
        key: { $case: "x509Certificate" as const, certificate: certificate.pem },
      }),
  };
  const builder = new DSSEBundleBuilder({ signer, witnesses: await openWitnesses(context) });
  for (let signing = 1; ; signing += 1) {
    try {
      const bundle = await builder.create({ data: payload, type: statementPayloadType });
      return Buffer.from(JSON.stringify(bundleToJSON(bundle)));
    } catch (error) {
      if (!isLogConflict(error) || signing === maxSignings) throw witnessProblem(error);
    }
  }
}

async function openWitnesses({ ports, services: { log, tsaUrl } }: SigningContext): Promise<Witness[]> {
  const { RekorWitness, TransparencyLogEntry } = await import("./sigstore-signing.ts");
  const witnesses: Witness[] = [];
  if (log?.majorApiVersion === 2) witnesses.push(openRekorV2Witness(ports, log.url, TransparencyLogEntry));
  if (log?.majorApiVersion === 1) {
    const rekorBaseURL = log.url.replace(/\/+$/, "");
    witnesses.push(new RekorWitness({ rekorBaseURL, majorApiVersion: 1, retry: 4, timeout: witnessTimeoutMs }));
  }
  if (tsaUrl !== undefined) witnesses.push(openTsaWitness(ports, tsaUrl));
  return witnesses;
}

function isLogConflict(error: unknown): boolean {
  return isEngineError(error) && error.code === "ATTEST_LOG_CONFLICT";
}

/** Errors of @sigstore/sign's own witness name a code and a status; ours pass through. */
function witnessProblem(error: unknown): unknown {
  if (isEngineError(error) || !(error instanceof Error) || !("code" in error)) return error;
  if (typeof error.code !== "string" || !error.code.startsWith("TLOG_")) return error;
  const { cause } = error;
  const reason = cause instanceof Error ? cause.message : error.message;
  return new AttestError("ATTEST_REKOR", `logging the signature: ${reason}`, { kind: "remote", cause: error });
}

function warnOfSize({ ports, services }: SigningContext, payload: Buffer): void {
  if (services.log?.majorApiVersion !== 1 || payload.byteLength <= largeForV1Bytes) return;
  const size = (payload.byteLength / 1024 / 1024).toFixed(1);
  ports.log.warn(
    `a statement of ${size} MiB goes to a Rekor v1 log whole, which may refuse it; Rekor v2 takes only its digest`,
  );
}

/**
 * The builder that a provenance names must be the one that the authority vouches for, and vouched for by the provider whose
 * token gave the claims: a provider of the tenant's own could claim anything.
 */
function requireOwnBuilder({ predicateType, predicate }: Statement, { signer }: SigningCertificate): void {
  if (predicateType !== predicateTypes.provenance) return;
  const { buildDefinition, runDetails } = predicate as Partial<Provenance>;
  const builder = runDetails?.builder.id;
  if (buildDefinition?.buildType !== buildType || builder === localBuilderId) return;
  const { github } = buildDefinition.internalParameters as { readonly github?: { readonly issuer?: unknown } };
  if (builder === signer.identity && github?.issuer === signer.issuer) return;
  const found = `${String(builder)} of ${String(github?.issuer)}`;
  throw new AttestError(
    "ATTEST_IDENTITY",
    `signing the provenance: expected its builder to be the signer ${signer.identity} of ${signer.issuer}, found ${found}`,
    { hint: "sign in the workflow that built" },
  );
}

async function requireVerifiable(
  verifier: BundleVerifier,
  certificate: SigningCertificate,
  payload: Buffer,
  bundle: Buffer,
): Promise<void> {
  const { signer, payload: verified } = await verifier.verify(bundle);
  if (signer.identity !== certificate.signer.identity || !verified.equals(payload)) {
    throw new AttestError("ATTEST_SIGNATURE", "checking the new signature: expected our statement, found another", {
      kind: "bug",
    });
  }
}
