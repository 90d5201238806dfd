import { join } from "node:path";
import { readFileWithin, type Ports } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";

/**
 * Whom verification believes: certificate authorities, logs and timestamp authorities with their keys and the time in
 * which each may be believed (sigstore `TrustedRoot`, JSON).
 */
export interface TrustRoot {
  /** Where it came from, for messages. */
  readonly source: string;
  readonly value: unknown;
}

type TrustPorts = Pick<Ports, "store" | "log" | "limits">;

const mediaTypes: readonly unknown[] = [
  "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  "application/vnd.dev.sigstore.trustedroot.v0.1+json",
  "application/vnd.dev.sigstore.trustedroot.v0.2+json",
];
const publicMirror = "https://tuf-repo-cdn.sigstore.dev";
const rootTarget = "trusted_root.json";

/** The trust root in a file, or, where none is named, the public-good instance's. @throws AttestError ATTEST_TRUST_ROOT */
export async function loadTrustRoot(ports: TrustPorts, path?: string): Promise<TrustRoot> {
  if (path === undefined) return loadPublicTrustRoot(ports);
  return parseTrustRoot((await readFileWithin(path, ports.limits.configBytes, "configBytes")).toString("utf8"), path);
}

/**
 * The text of a trust root, checked where @sigstore/verify is lenient: a key or authority without a start of validity
 * would be believed for all time (sigstore-conformance `trust-root-tlog-missing-validity-start`).
 * @throws AttestError ATTEST_TRUST_ROOT
 */
export function parseTrustRoot(text: string, source: string): TrustRoot {
  const value = parseObject(text, source);
  if (!mediaTypes.includes(value["mediaType"])) throw malformed(source, "a sigstore trusted root", "another document");
  for (const list of ["tlogs", "ctlogs"]) {
    for (const log of listIn(value, list, source)) requireStart(field(log, "publicKey"), `a key in ${list}`, source);
  }
  for (const list of ["certificateAuthorities", "timestampAuthorities"]) {
    for (const authority of listIn(value, list, source)) requireStart(authority, `an authority in ${list}`, source);
  }
  return { source, value };
}

/**
 * The public-good root, brought up to date through its update framework (TUF). Where that cannot be reached, the one
 * that came with this program; a framework that answers with something unsigned is refused.
 */
async function loadPublicTrustRoot({ store, log }: TrustPorts): Promise<TrustRoot> {
  const { getTrustedRoot, TrustedRoot } = await import("./sigstore-tuf.ts");
  try {
    const root = await getTrustedRoot({ cachePath: join(store.root, "tuf"), mirrorURL: publicMirror });
    return parseTrustRoot(JSON.stringify(TrustedRoot.toJSON(root)), publicMirror);
  } catch (cause) {
    if (!isUnreachable(cause)) throw malformed(publicMirror, "a signed trust root", "another answer", cause);
    log.warn(`${publicMirror} cannot be reached: using the trust root that came with this program`);
    return loadShippedTrustRoot();
  }
}

/** The public-good trust root of the day this program was made; for machines without a network. */
export async function loadShippedTrustRoot(): Promise<TrustRoot> {
  const { seeds } = await import("./sigstore-tuf.ts");
  const seed = seeds[publicMirror].targets[rootTarget];
  return parseTrustRoot(Buffer.from(seed, "base64").toString("utf8"), "the shipped trust root");
}

const networkCodes =
  /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|EPROTO|ERR_TLS_\w+|CERT_\w+|DEPTH_\w+|SELF_\w+|UNABLE_TO_\w+)$/;

/** Down the chain of causes: a failed connection, or a server that is in trouble. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && networkCodes.test(String(error.code))) return true;
  if ("statusCode" in error && Number(error.statusCode) >= 500) return true;
  // What node-fetch calls a time limit of its own.
  if ("type" in error && String(error.type).endsWith("-timeout")) return true;
  return isUnreachable(error.cause);
}

function parseObject(text: string, source: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same answer as for any other value that is no object.
  }
  throw malformed(source, "a JSON object", "something else");
}

function listIn(value: Record<string, unknown>, name: string, source: string): readonly unknown[] {
  const list = value[name] ?? [];
  if (!Array.isArray(list)) throw malformed(source, `a list of ${name}`, "something else");
  return list;
}

function requireStart(holder: unknown, what: string, source: string): void {
  const start = field(field(holder, "validFor"), "start");
  if (typeof start !== "string" || Number.isNaN(Date.parse(start))) {
    throw malformed(source, `${what} to say from when it is valid`, "none that does");
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function malformed(source: string, expected: string, found: string, cause?: unknown): AttestError {
  return new AttestError(
    "ATTEST_TRUST_ROOT",
    `reading the trust root ${source}: expected ${expected}, found ${found}`,
    {
      cause,
      hint: "fetch the trust root again from those who run the services",
    },
  );
}
