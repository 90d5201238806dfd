import {
  answerSigningRequest,
  describeConfiguration,
  describeTrustBundle,
  type CertificateAuthority,
} from "./fulcio.ts";
import { problem } from "./json-answers.ts";
import { readBody, type Answer, type Exchange } from "./loopback.ts";
import { answerOidc } from "./oidc.ts";
import type { TransparencyLog } from "./rekor-log.ts";
import { addEntryV1, describeLogV1, getEntryV1 } from "./rekor-v1.ts";
import { addEntryV2 } from "./rekor-v2.ts";
import { answerTimestamp, type TimestampSigner } from "./tsa.ts";
import { toPem } from "./x509.ts";

/** What answers requests; clocks in seconds since the epoch. */
export interface Services {
  readonly authority: CertificateAuthority;
  readonly logs: { readonly v1: TransparencyLog; readonly v2: TransparencyLog };
  readonly timestamps: TimestampSigner;
  readonly now: () => number;
  readonly tsaNow: () => number;
}

/** Rekor v1 takes whole envelopes. */
const mostRequestBytes = 64 * 1024 * 1024;

/** The answer of whichever service the request is for. */
export async function answerSigstore(services: Services, exchange: Exchange): Promise<Answer> {
  const body = await readBody(exchange, mostRequestBytes);
  if (body === undefined) return problem(413, 3, "the request is too large");
  return (
    answerOidc(services.authority.tokens, exchange) ??
    answerGet(services, exchange) ??
    answerPost(services, exchange, body) ??
    problem(404, 5, "Not Found")
  );
}

function answerGet({ authority, logs, timestamps }: Services, { method, path }: Exchange): Answer | undefined {
  if (method !== "GET") return undefined;
  const text = (body: string): Answer => ({
    status: 200,
    headers: { "content-type": "text/plain" },
    body: Buffer.from(body),
  });
  const entries = "/api/v1/log/entries/";
  if (path.startsWith(entries)) return getEntryV1(logs.v1, path.slice(entries.length));
  switch (path) {
    case "/api/v2/trustBundle":
      return describeTrustBundle(authority);
    case "/api/v2/configuration":
      return describeConfiguration(authority);
    case "/api/v1/log":
      return describeLogV1(logs.v1);
    case "/api/v2/checkpoint":
      return text(logs.v2.checkpoint());
    case "/api/v1/timestamp/certchain":
      return text(timestamps.chain.map(toPem).join(""));
    default:
      return undefined;
  }
}

function answerPost(services: Services, { method, path, headers }: Exchange, body: Buffer): Answer | undefined {
  if (method !== "POST") return undefined;
  switch (path) {
    case "/api/v2/signingCert":
      return answerSigningRequest(services.authority, body, headers["authorization"] ?? "", services.now());
    case "/api/v1/log/entries":
      return addEntryV1(services.logs.v1, body, services.now());
    case "/api/v2/log/entries":
      return addEntryV2(services.logs.v2, body, services.now());
    case "/api/v1/timestamp":
      return answerTimestamp(services.timestamps, headers["content-type"] ?? "", body, services.tsaNow());
    default:
      return undefined;
  }
}
