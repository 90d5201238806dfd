import { spkiOf } from "./x509.ts";
import { logIdOf } from "./fulcio-sct.ts";
import type { TransparencyLog } from "./rekor-log.ts";
import { names, type CertificateName, type KeyPair, type SigstoreState } from "./sigstore-state.ts";

/** The documents that clients of a sigstore instance are configured with (protobuf-specs, sigstore_trustroot.proto). */

/** What logs are called in checkpoints. The trust root's address holds the name; nobody connects to it. */
export const logNames = { v1: "rekor-v1.apkmill.localhost", v2: "rekor-v2.apkmill.localhost" } as const;

export interface SigstoreAddresses {
  readonly fulcioUrl: string;
  readonly rekorUrl: string;
  readonly tsaUrl: string;
  readonly oidcUrl: string;
}

/** `trusted_root.json`: it stays the same as long as the keys do. */
export function describeTrustRoot(
  state: SigstoreState,
  logs: { readonly v1: TransparencyLog; readonly v2: TransparencyLog },
): unknown {
  const { keys } = state;
  const validFor = { start: timeOf(state.createdAt) };
  const key = ({ publicKey }: KeyPair, keyDetails: string): unknown => ({
    rawBytes: spkiOf(publicKey).toString("base64"),
    keyDetails,
    validFor,
  });
  const log = (name: string, publicKey: unknown, logId: Buffer): unknown => ({
    baseUrl: `https://${name}`,
    hashAlgorithm: "SHA2_256",
    publicKey,
    logId: { keyId: logId.toString("base64") },
  });
  const authority = (commonName: string, uri: string, ...chain: readonly CertificateName[]): unknown => ({
    subject: { organization: "apkmill dev services", commonName },
    uri,
    certChain: { certificates: chain.map((name) => ({ rawBytes: state.certificates[name].toString("base64") })) },
    validFor,
  });
  const ecdsa = "PKIX_ECDSA_P256_SHA_256";
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [
      log(logNames.v1, key(keys.logV1, ecdsa), logs.v1.logId),
      log(logNames.v2, key(keys.logV2, "PKIX_ED25519"), logs.v2.logId),
    ],
    certificateAuthorities: [authority(names.intermediate, "https://fulcio.apkmill.localhost", "intermediate", "root")],
    ctlogs: [log("ctfe.apkmill.localhost", key(keys.certificateLog, ecdsa), logIdOf(keys.certificateLog))],
    timestampAuthorities: [
      authority(names.timestampRoot, "https://timestamp.apkmill.localhost", "timestamp", "timestampRoot"),
    ],
  };
}

/** `signing_config.json`, v0.2: where the services listen now. */
export function describeSigningConfig(createdAt: number, addresses: SigstoreAddresses): unknown {
  const service = (url: string, majorApiVersion: number): unknown => ({
    url,
    majorApiVersion,
    validFor: { start: timeOf(createdAt) },
    operator: "apkmill dev services",
  });
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service(addresses.fulcioUrl, 1)],
    oidcUrls: [service(addresses.oidcUrl, 1)],
    rekorTlogUrls: [service(addresses.rekorUrl, 2), service(addresses.rekorUrl, 1)],
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: [service(addresses.tsaUrl, 1)],
    tsaConfig: { selector: "ANY" },
  };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
