import { createHash } from "node:crypto";
import type { Ports } from "@apkmill/core";
import type { SignatureBundle, VerificationMaterial, Witness } from "@sigstore/sign";
import { AttestError } from "./attest-error.ts";
import { preAuthEncoding } from "./envelope.ts";
import { pemToDer } from "./pem.ts";
import { describeRefusal, parseAnswer } from "./service-answers.ts";
import type { TransparencyLogEntry } from "./sigstore-signing.ts";

/**
 * A witness for Rekor v2, which takes nothing but hashedrekord entries: for an envelope, the digest and signature of
 * its pre-authentication encoding. @sigstore/sign 5.1.0 sends envelopes, which logs since rekor-tiles 2.3.0 refuse.
 * The entry is about 1.5 KB whatever the size of the statement.
 */

/** The log answers when the entry is under a signed checkpoint; rekor-tiles asks clients to wait 20 s at least. */
const timeoutMs = 30_000;
const maxAnswerBytes = 1024 * 1024;

export function openRekorV2Witness(
  { http }: Pick<Ports, "http">,
  logUrl: string,
  entries: Pick<typeof TransparencyLogEntry, "fromJSON">,
): Witness {
  const url = `${logUrl.replace(/\/+$/, "")}/api/v2/log/entries`;
  return {
    testify: async (content, certificatePem): Promise<VerificationMaterial> => {
      const response = await http.request(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: Buffer.from(JSON.stringify(describeEntry(content, certificatePem))),
        idleTimeoutMs: timeoutMs,
      });
      const body = await response.bytes(maxAnswerBytes);
      const entry = response.status === 201 || response.status === 200 ? parseAnswer(body) : undefined;
      if (entry === undefined) throw refused(url, response.status, body);
      return { tlogEntries: [readEntry(url, entry, entries)] };
    },
  };
}

function describeEntry(content: SignatureBundle, certificatePem: string): unknown {
  if (content.$case !== "dsseEnvelope") throw new RangeError("only envelopes are signed here");
  const { payloadType, payload, signatures } = content.dsseEnvelope;
  const digest = createHash("sha256").update(preAuthEncoding(payloadType, payload)).digest("base64");
  return {
    hashedRekordRequestV002: {
      digest,
      signature: {
        content: signatures[0]?.sig.toString("base64"),
        verifier: {
          keyDetails: "PKIX_ECDSA_P256_SHA_256",
          x509Certificate: { rawBytes: pemToDer(certificatePem).toString("base64") },
        },
      },
    },
  };
}

type Entry = NonNullable<VerificationMaterial["tlogEntries"]>[number];

function readEntry(
  url: string,
  answer: Record<string, unknown>,
  entries: Pick<typeof TransparencyLogEntry, "fromJSON">,
): Entry {
  const { logId, kindVersion, ...entry } = entries.fromJSON(answer);
  if (logId === undefined || kindVersion === undefined || entry.inclusionProof === undefined) {
    throw new AttestError("ATTEST_REKOR", `logging at ${url}: expected an entry with its proof, found something else`, {
      kind: "remote",
      context: { url },
    });
  }
  return { ...entry, logId, kindVersion };
}

function refused(url: string, status: number, body: Buffer): AttestError {
  const context = { url };
  const message = `logging at ${url}: expected an entry, found ${describeRefusal(status, body)}`;
  // A request whose answer was lost is sent again and meets its own entry, which v2 does not hand out again.
  if (status === 409) return new AttestError("ATTEST_LOG_CONFLICT", message, { kind: "remote", context });
  const hint = status === 405 ? "this shard of the log is frozen: name the current one with --rekor-url" : undefined;
  return new AttestError("ATTEST_REKOR", message, { kind: "remote", context, hint });
}
