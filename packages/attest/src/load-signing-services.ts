import type { Ports } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import { loadSigningConfig } from "./signing-config.ts";
import { publicServices, type SigningServices } from "./signing-services.ts";

export interface SigningServiceOptions {
  readonly fulcioUrl?: string | undefined;
  readonly rekorUrl?: string | undefined;
  /** Left out: the log is asked which it is. */
  readonly rekorVersion?: 1 | 2 | undefined;
  readonly tsaUrl?: string | undefined;
  /** A sigstore signing configuration (v0.2), in place of addresses. */
  readonly signingConfig?: string | undefined;
  /** `none` leaves the log out, also of the public services. Default `auto`. */
  readonly transparencyLog?: "auto" | "none" | undefined;
}

/**
 * The services to sign with: those of a configuration file, those that are named, or the public-good ones where nothing
 * is named. Named and public ones are never mixed: a private identity must not end in a public log by omission.
 * @throws AttestError ATTEST_SERVICES
 */
export async function loadSigningServices(
  ports: Pick<Ports, "http" | "limits" | "now">,
  options: SigningServiceOptions,
): Promise<SigningServices> {
  const services = await chooseServices(ports, options);
  const kept = options.transparencyLog === "none" ? { ...services, log: undefined } : services;
  requireTime(kept);
  return kept;
}

async function chooseServices(
  ports: Pick<Ports, "http" | "limits" | "now">,
  options: SigningServiceOptions,
): Promise<SigningServices> {
  const { fulcioUrl, rekorUrl, tsaUrl, signingConfig } = options;
  const named = [fulcioUrl, rekorUrl, tsaUrl].some((url) => url !== undefined);
  if (signingConfig !== undefined) {
    if (named) throw unfit("a signing configuration or addresses", "both");
    return loadSigningConfig(ports, signingConfig);
  }
  if (!named) return publicServices;
  if (fulcioUrl === undefined) throw unfit("a certificate authority with the other services", "none");
  if (rekorUrl === undefined) return { fulcioUrl, tsaUrl };
  const majorApiVersion = options.rekorVersion ?? (await detectLogVersion(ports, rekorUrl));
  return { fulcioUrl, log: { url: rekorUrl, majorApiVersion }, tsaUrl };
}

/** Rekor v2 publishes its checkpoint at a place of its own; v1 has nothing there. */
async function detectLogVersion({ http }: Pick<Ports, "http">, url: string): Promise<1 | 2> {
  const response = await http.request(`${url.replace(/\/+$/, "")}/api/v2/checkpoint`);
  await response.drain();
  return response.status === 200 ? 2 : 1;
}

/** A certificate lives for minutes: without a trusted time for the signature it can never be verified later. */
function requireTime({ log, tsaUrl }: SigningServices): void {
  if (tsaUrl !== undefined || log?.majorApiVersion === 1) return;
  throw unfit(
    "a timestamp authority",
    log === undefined ? "no log and none" : "a Rekor v2 log, which gives no time, and none",
  );
}

function unfit(expected: string, found: string): AttestError {
  return new AttestError("ATTEST_SERVICES", `choosing signing services: expected ${expected}, found ${found}`, {
    hint: "name --fulcio-url, --rekor-url and --tsa-url together, or none of them for the public ones",
  });
}
