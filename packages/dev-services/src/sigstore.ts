import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { writeFileAside } from "@apkmill/core";
import { createFulcio, makeRoot } from "./fulcio.ts";
import {
  readBody,
  startLoopback,
  type Answer,
  type Exchange,
  type LoopbackOptions,
  type LoopbackService,
} from "./loopback.ts";
import { createOidc, type Claims } from "./oidc.ts";
import { logIdOf, openRekor } from "./rekor.ts";
import { openKey, type KeyPair } from "./sigstore-keys.ts";
import { createTimestampAuthority, makeTimestampCertificate } from "./tsa.ts";

/**
 * Keyless signing without accounts: identity provider, certificate authority, transparency log and timestamp authority behind one
 * address on loopback, and the trusted root that makes verifiers believe them.
 */
export interface SigstoreServices extends LoopbackService {
  readonly fulcioUrl: string;
  readonly rekorUrl: string;
  readonly tsaUrl: string;
  readonly oidcUrl: string;
  /** For ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestUrl: string;
  readonly requestToken: string;
  /** The trusted root as JSON, and the file that holds it. */
  readonly trustRoot: unknown;
  readonly trustRootPath: string;
  /** A file with an identity token for the audience `sigstore`, valid for five minutes. */
  readonly identityTokenPath: string;
  /** A token for these claims, beside the default ones. */
  issueToken(claims?: Claims): string;
  /** Writes a fresh token into `identityTokenPath`. */
  refreshToken(claims?: Claims): Promise<void>;
}

export interface SigstoreOptions extends LoopbackOptions {
  /** Keeps keys and log, so that a restart continues; a temporary one when left out. */
  readonly folder?: string;
  /** Claims of every token; the default is somebody's workflow. */
  readonly claims?: Claims;
  /** Seconds since the epoch. */
  readonly now?: () => number;
}

const workflow = "example/factory/.github/workflows/build.yml@refs/heads/main";

const defaultClaims: Claims = {
  aud: "sigstore",
  sub: "repo:example/factory:ref:refs/heads/main",
  job_workflow_ref: workflow,
  job_workflow_sha: "0123456789abcdef0123456789abcdef01234567",
  workflow_ref: workflow,
  workflow_sha: "0123456789abcdef0123456789abcdef01234567",
  repository: "example/factory",
  repository_owner: "example",
  repository_id: "1",
  repository_owner_id: "2",
  repository_visibility: "public",
  ref: "refs/heads/main",
  sha: "0123456789abcdef0123456789abcdef01234567",
  event_name: "push",
  run_id: "1",
  run_attempt: "1",
  runner_environment: "self-hosted",
};

/** Upper bound of one request. */
const mostRequestBytes = 4 * 1024 ** 2;

export async function startSigstore(options: SigstoreOptions = {}): Promise<SigstoreServices> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "sigstore-")));
  const now = options.now ?? (() => Math.floor(Date.now() / 1000));
  const [ca, ctLog, log, tsa, issuer] = await Promise.all(
    ["ca", "ct-log", "rekor", "tsa", "oidc"].map((name) => openKey(folder, name)),
  );
  if (ca === undefined || ctLog === undefined || log === undefined || tsa === undefined || issuer === undefined)
    throw new Error("keys are missing");
  const requestToken = randomUUID();
  // A day back: the trusted root must have been valid before anything that it vouches for.
  const since = now() - 86_400;
  const root = makeRoot(ca, since);
  let url = "";
  const oidc = createOidc(() => url, issuer, { requestToken, now, defaults: { ...defaultClaims, ...options.claims } });
  const fulcio = createFulcio(ca, ctLog, oidc, now, root);
  const rekor = await openRekor(log, () => url.replace(/^https?:\/\//, ""), folder);
  const authority = createTimestampAuthority(tsa, makeTimestampCertificate(tsa, ca, since), now);
  const handle = async (exchange: Exchange): Promise<Answer> => {
    const body = (await readBody(exchange, mostRequestBytes)) ?? Buffer.alloc(0);
    const { method, path } = exchange;
    if (method === "POST" && path === "/api/v2/signingCert") return fulcio.sign(body);
    if (method === "GET" && path === "/api/v2/trustBundle") return fulcio.trustBundle();
    if (method === "POST" && path === "/api/v2/log/entries") return rekor.add(body);
    if (method === "GET" && path === "/api/v2/checkpoint")
      return { status: 200, headers: { "content-type": "text/plain" }, body: Buffer.from(rekor.checkpoint()) };
    if (method === "POST" && path === "/api/v1/timestamp")
      return authority.answer(body, exchange.headers["content-type"] ?? "");
    return oidc.handle(exchange) ?? { status: 404 };
  };
  const server = await startLoopback(handle, options);
  url = server.url;
  const trustRoot = describeTrustRoot(url, since, { root, tsaCertificate: authority.certificate, ctLog, log });
  const trustRootPath = join(folder, "trusted_root.json");
  const identityTokenPath = join(folder, "identity-token");
  const refreshToken = (claims: Claims = {}): Promise<void> =>
    writeFileAside(identityTokenPath, oidc.issue(claims), 0o600);
  await writeFileAside(trustRootPath, `${JSON.stringify(trustRoot, undefined, 2)}\n`);
  await refreshToken();
  return {
    ...server,
    fulcioUrl: url,
    rekorUrl: url,
    tsaUrl: url,
    oidcUrl: url,
    requestUrl: `${url}/token?api-version=2.0`,
    requestToken,
    trustRoot,
    trustRootPath,
    identityTokenPath,
    issueToken: (claims = {}) => oidc.issue(claims),
    refreshToken,
  };
}

interface Anchors {
  readonly root: Buffer;
  readonly tsaCertificate: Buffer;
  readonly ctLog: KeyPair;
  readonly log: KeyPair;
}

/** The trusted root of protobuf-specs, in its JSON form. */
function describeTrustRoot(url: string, since: number, { root, tsaCertificate, ctLog, log }: Anchors): unknown {
  const start = new Date(since * 1000).toISOString();
  const certificate = (der: Buffer): unknown => ({ rawBytes: der.toString("base64") });
  const subject = { organization: "apkmill dev-services", commonName: "apkmill dev certificate authority" };
  const logOf = (key: KeyPair): unknown => ({
    baseUrl: url,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: key.spki.toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor: { start } },
    logId: { keyId: logIdOf(key).toString("base64") },
  });
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [logOf(log)],
    certificateAuthorities: [
      { subject, uri: url, certChain: { certificates: [certificate(root)] }, validFor: { start } },
    ],
    ctlogs: [logOf(ctLog)],
    timestampAuthorities: [
      {
        subject,
        uri: `${url}/api/v1/timestamp`,
        certChain: { certificates: [certificate(tsaCertificate), certificate(root)] },
        validFor: { start },
      },
    ],
  };
}
