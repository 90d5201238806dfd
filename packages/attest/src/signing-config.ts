import { readFileWithin, type Ports } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import type { SigningServices } from "./signing-services.ts";

/**
 * Sigstore's signing configuration, v0.2: lists of services with their interface version and validity. The newest
 * service in force of the newest version that we speak is taken, one of each kind.
 * Source: protobuf-specs, sigstore_trustroot.proto, `SigningConfig`.
 */
const mediaType = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

interface Service {
  readonly url: string;
  readonly majorApiVersion: number;
  /** Milliseconds since the epoch. */
  readonly start: number;
}

/** A configuration file → services. @throws AttestError ATTEST_SERVICES · CoreError FILE_UNREADABLE */
export async function loadSigningConfig(ports: Pick<Ports, "limits" | "now">, path: string): Promise<SigningServices> {
  const text = (await readFileWithin(path, ports.limits.configBytes, "configBytes")).toString("utf8");
  return parseSigningConfig(text, path, ports.now());
}

/** The text of a configuration → its services in force at `now` (seconds since the epoch). @throws AttestError ATTEST_SERVICES */
export function parseSigningConfig(text: string, path: string, now: number): SigningServices {
  const config = parseObject(text, path);
  if (config["mediaType"] !== mediaType) throw malformed(path, mediaType, String(config["mediaType"]));
  const pick = (name: string, newest: number): Service | undefined =>
    listOf(config[name], path)
      .filter((service) => isInForce(service, now * 1000))
      .map((service) => parseService(service, path))
      .filter(({ majorApiVersion }) => majorApiVersion >= 1 && majorApiVersion <= newest)
      .sort((a, b) => b.majorApiVersion - a.majorApiVersion || b.start - a.start)[0];
  const [authority, log, tsa] = [pick("caUrls", 1), pick("rekorTlogUrls", 2), pick("tsaUrls", 1)];
  if (authority === undefined) throw malformed(path, "a certificate authority in force", "none");
  return {
    fulcioUrl: authority.url,
    ...(log === undefined ? {} : { log: { url: log.url, majorApiVersion: log.majorApiVersion === 2 ? 2 : 1 } }),
    ...(tsa === undefined ? {} : { tsaUrl: tsa.url }),
  };
}

function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Falls through to the same answer as any other value that is no object.
  }
  throw malformed(path, "a JSON object", "something else");
}

function listOf(value: unknown, path: string): Record<string, unknown>[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw malformed(path, "lists of services", "something else");
  return value.map((one: unknown) => ({ ...(typeof one === "object" ? one : {}) }));
}

function parseService({ url, majorApiVersion, validFor }: Record<string, unknown>, path: string): Service {
  if (typeof url !== "string" || URL.parse(url) === null) throw malformed(path, "a service's url", String(url));
  return { url, majorApiVersion: Number(majorApiVersion), start: boundOf(validFor, "start") ?? 0 };
}

function isInForce({ validFor }: Record<string, unknown>, nowMs: number): boolean {
  return (boundOf(validFor, "start") ?? 0) <= nowMs && nowMs <= (boundOf(validFor, "end") ?? Infinity);
}

function boundOf(validFor: unknown, name: "start" | "end"): number | undefined {
  if (typeof validFor !== "object" || validFor === null) return undefined;
  const bound = (validFor as Record<string, unknown>)[name];
  // A date that cannot be read is no bound that one may rely on: NaN compares false, so the service is passed over.
  return bound === undefined ? undefined : typeof bound === "string" ? Date.parse(bound) : NaN;
}

function malformed(path: string, expected: string, found: string): AttestError {
  return new AttestError("ATTEST_SERVICES", `reading the signing configuration: expected ${expected}, found ${found}`, {
    context: { file: path },
  });
}
