import { createHash } from "node:crypto";
import type { Ports } from "@apkmill/core";
import type { SignatureBundle, VerificationMaterial, Witness } from "@sigstore/sign";
import { AttestError } from "./attest-error.ts";
import { derTags, partsOf, readDer } from "./der.ts";
import { describeRefusal } from "./service-answers.ts";

/** A witness that has the time of a signature attested by an RFC 3161 authority; any of them, not only sigstore's. */

/** TimeStampReq: version 1, SHA-256 imprint, no nonce (the imprint of a fresh signature is one), no certificates. */
const queryHead = Buffer.from("30360201013031300d060960864801650304020105000420", "hex");
const maxAnswerBytes = 64 * 1024;

export function openTsaWitness({ http }: Pick<Ports, "http">, tsaUrl: string): Witness {
  const url = queryAddress(tsaUrl);
  return {
    testify: async (content): Promise<VerificationMaterial> => {
      const response = await http.request(url, {
        method: "POST",
        headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
        body: Buffer.concat([queryHead, createHash("sha256").update(signatureOf(content)).digest()]),
      });
      const reply = await response.bytes(maxAnswerBytes);
      if (response.status !== 200 && response.status !== 201) {
        throw refused(url, describeRefusal(response.status, reply));
      }
      requireGranted(url, reply);
      return { rfc3161Timestamps: [{ signedTimestamp: reply }] };
    },
  };
}

/** A bare host stands for sigstore's own authority, which answers below it; any other address is taken as it is. */
function queryAddress(url: string): string {
  return URL.parse(url)?.pathname === "/" ? new URL("/api/v1/timestamp", url).href : url;
}

function signatureOf(content: SignatureBundle): Buffer {
  if (content.$case === "messageSignature") return content.messageSignature.signature;
  return content.dsseEnvelope.signatures[0]?.sig ?? Buffer.alloc(0);
}

/** PKIStatus 0 is granted, 1 granted with changes; the rest is checked when the bundle is verified. */
function requireGranted(url: string, reply: Buffer): void {
  const status = readStatus(reply);
  if (status !== 0 && status !== 1)
    throw refused(url, status === undefined ? "another reply" : `status ${String(status)}`);
}

function readStatus(reply: Buffer): number | undefined {
  try {
    const [info] = partsOf(readDer(reply)[0]);
    const [status] = partsOf(info);
    return status?.tag === derTags.integer ? status.content.readUIntBE(0, status.content.length) : undefined;
  } catch {
    return undefined;
  }
}

function refused(url: string, found: string): AttestError {
  return new AttestError("ATTEST_TSA", `requesting a timestamp from ${url}: expected a granted one, found ${found}`, {
    kind: "remote",
    context: { url },
  });
}
