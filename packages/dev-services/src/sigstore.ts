import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSystemError, writeFileAside } from "@apkmill/core";
import { startLoopback, type Answer, type Exchange, type LoopbackOptions, type LoopbackService } from "./loopback.ts";
import { workflowClaims } from "./oidc-claims.ts";
import { runnerEnvironment, signToken, type Claims, type TokenIssuer } from "./oidc.ts";
import { openLog } from "./rekor-log.ts";
import { treeId } from "./rekor-v1.ts";
import { names, openState, saveState, type SigstoreState } from "./sigstore-state.ts";
import { describeSigningConfig, describeTrustRoot, logNames, type SigstoreAddresses } from "./sigstore-trust.ts";
import { answerSigstore, type Services } from "./sigstore-routes.ts";

export interface SigstoreOptions extends LoopbackOptions {
  /** Keeps keys, logs and documents; a restart in it continues. Left out: a temporary folder, removed at the end. */
  readonly folder?: string;
  /** Whom tokens name where nothing else is said. Default: somebody's workflow. */
  readonly claims?: Claims;
  /** Seconds since the epoch. */
  readonly now?: () => number;
  /** Another clock for the timestamp authority alone. */
  readonly tsaNow?: () => number;
}

/**
 * Keyless signing without accounts: OpenID provider, Fulcio, Rekor v1 and v2 and a timestamp authority behind one address
 * on loopback, and the documents that make clients use and believe them.
 */
export interface SigstoreServices extends LoopbackService, SigstoreAddresses {
  readonly folder: string;
  /** For ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN of a job with the default claims. */
  readonly requestUrl: string;
  readonly requestToken: string;
  /** The trusted root as JSON, and the file that holds it. */
  readonly trustRoot: unknown;
  readonly trustRootPath: string;
  readonly signingConfigPath: string;
  /** A file with an identity token for the audience `sigstore`, valid for five minutes. */
  readonly identityTokenPath: string;
  /** A token with these claims beside the default ones; they may replace `aud`, `exp` and the rest. */
  issueToken(claims?: Claims): string;
  /** Writes a fresh token into `identityTokenPath`. */
  refreshToken(claims?: Claims): Promise<void>;
  /** The variables that a runner sets for a job with these claims beside the default ones. */
  runnerEnvironment(claims?: Claims): Record<string, string>;
}

/** Starts all services on one port. The files that clients need are written before it returns. */
export async function startSigstore(options: SigstoreOptions = {}): Promise<SigstoreServices> {
  const now = options.now ?? ((): number => Date.now() / 1000);
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "apkmill-sigstore-")));
  await mkdir(folder, { recursive: true });
  const state = await openState(folder, now());
  // The issuer is the server's address, which is known once it listens: requests wait for that.
  const ready = Promise.withResolvers<Services>();
  const server = await listen(async (exchange) => answerSigstore(await ready.promise, exchange), options, state.port);
  await saveState(folder, { ...state, port: Number(new URL(server.url).port) });
  const tokens: TokenIssuer = { issuer: server.url, ...state.keys.tokens, now };
  const services = openServices(folder, state, tokens, options.tsaNow ?? now);
  ready.resolve(services);
  const close = async (): Promise<void> => {
    await server.close();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  const addresses = addressesOf(server.url);
  const trustRoot = describeTrustRoot(state, services.logs);
  await writeJson(join(folder, files.trustRoot), trustRoot);
  await writeJson(join(folder, files.signingConfig), describeSigningConfig(state.createdAt, addresses));
  const clients = serveClients(folder, tokens, { ...workflowClaims(exampleRun), ...options.claims });
  await clients.refreshToken();
  return { ...server, ...addresses, ...clients, folder, trustRoot, close };
}

const files = { trustRoot: "trusted_root.json", signingConfig: "signing_config.json", token: "identity-token" };
const exampleRun = { repository: "example/factory", workflow: ".github/workflows/build.yml" };

type ForClients = Omit<SigstoreServices, keyof LoopbackService | keyof SigstoreAddresses | "folder" | "trustRoot">;

/** What clients are given: tokens, and the places of the documents. */
function serveClients(folder: string, tokens: TokenIssuer, defaults: Claims): ForClients {
  const issueToken = (claims: Claims = {}): string => signToken(tokens, { ...defaults, ...claims });
  const environment = (claims: Claims = {}): Record<string, string> =>
    runnerEnvironment(tokens, { ...defaults, ...claims });
  const { ACTIONS_ID_TOKEN_REQUEST_URL: requestUrl = "", ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken = "" } =
    environment();
  const identityTokenPath = join(folder, files.token);
  return {
    trustRootPath: join(folder, files.trustRoot),
    signingConfigPath: join(folder, files.signingConfig),
    identityTokenPath,
    requestUrl,
    requestToken,
    issueToken,
    refreshToken: (claims) => writeFileAside(identityTokenPath, issueToken(claims), 0o600),
    runnerEnvironment: environment,
  };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAside(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** On the port of last time where it is free: addresses that stand in old tokens and certificates stay true. */
async function listen(
  handle: (exchange: Exchange) => Promise<Answer>,
  options: SigstoreOptions,
  lastPort: number,
): Promise<LoopbackService> {
  if (options.port !== undefined || lastPort === 0) return startLoopback(handle, options);
  try {
    return await startLoopback(handle, { ...options, port: lastPort });
  } catch (error) {
    if (!isSystemError(error) || error.code !== "EADDRINUSE") throw error;
    return startLoopback(handle, options);
  }
}

function openServices(folder: string, state: SigstoreState, tokens: TokenIssuer, tsaNow: () => number): Services {
  const { keys, certificates } = state;
  const origin = `${logNames.v1} - ${String(treeId)}`;
  return {
    authority: {
      tokens,
      intermediate: { commonName: names.intermediate, ...keys.intermediate },
      chain: [certificates.intermediate, certificates.root],
      certificateLog: keys.certificateLog,
    },
    logs: {
      v1: openLog({ origin, signerName: logNames.v1, ...keys.logV1, path: join(folder, "rekor-v1.log") }),
      v2: openLog({
        origin: logNames.v2,
        signerName: logNames.v2,
        ...keys.logV2,
        path: join(folder, "rekor-v2.log"),
      }),
    },
    timestamps: {
      authority: { commonName: names.timestamp, ...keys.timestamp },
      certificate: certificates.timestamp,
      chain: [certificates.timestamp, certificates.timestampRoot],
      serial: state.timestampSerial,
      issuerName: names.timestampRoot,
    },
    now: tokens.now,
    tsaNow,
  };
}

function addressesOf(url: string): SigstoreAddresses {
  return { fulcioUrl: url, rekorUrl: url, tsaUrl: `${url}/api/v1/timestamp`, oidcUrl: url };
}
