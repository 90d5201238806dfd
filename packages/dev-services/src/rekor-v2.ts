import { createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { canonicalJson } from "@apkmill/core";
import { at, json, parseJson, problem, textAt } from "./json-answers.ts";
import type { Answer } from "./loopback.ts";
import type { LoggedEntry, TransparencyLog } from "./rekor-log.ts";
import { verifiesDigest } from "./rekor-p256.ts";

/**
 * Rekor v2 (rekor-tiles): one kind of entry, no time of its own, an answer only under a signed checkpoint.
 * Source: rekor-tiles api/proto/rekor_service.proto and its `pkg/types/hashedrekord`; observed answers of 2.3.
 */

/** `POST /api/v2/log/entries` */
export function addEntryV2(log: TransparencyLog, body: Buffer, now: number): Answer {
  const request = at(parseJson(body), "hashedRekordRequestV002");
  if (request === undefined) return problem(400, 3, "invalid type, must be hashedrekord");
  const digest = textAt(request, "digest");
  const signature = textAt(request, "signature", "content");
  const verifier = at(request, "signature", "verifier");
  const key = readKey(verifier);
  if (key === undefined) return problem(400, 3, "invalid hashedrekord request: invalid verifier");
  if (!verifiesDigest(key, Buffer.from(digest, "base64"), Buffer.from(signature, "base64"))) {
    return problem(400, 3, "invalid hashedrekord request: failed to verify signature");
  }
  const spec = {
    hashedRekordV002: { data: { algorithm: "SHA2_256", digest }, signature: { content: signature, verifier } },
  };
  const entry = Buffer.from(canonicalJson({ apiVersion: "0.0.2", kind: "hashedrekord", spec }));
  const logged = log.append(entry, now);
  return logged === undefined
    ? problem(409, 6, "an equivalent entry already exists in the transparency log")
    : json(201, describeEntryV2(log, logged));
}

/** A `TransparencyLogEntry`, as bundles keep it. */
function describeEntryV2(log: TransparencyLog, entry: LoggedEntry): unknown {
  const proof = log.prove(entry);
  return {
    logIndex: String(entry.index),
    logId: { keyId: log.logId.toString("base64") },
    kindVersion: { kind: "hashedrekord", version: "0.0.2" },
    integratedTime: "0",
    inclusionPromise: null,
    inclusionProof: {
      logIndex: String(entry.index),
      rootHash: proof.rootHash.toString("base64"),
      treeSize: String(proof.treeSize),
      hashes: proof.hashes.map((hash) => hash.toString("base64")),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: entry.body.toString("base64"),
  };
}

function readKey(verifier: unknown): KeyObject | undefined {
  const certificate = textAt(verifier, "x509Certificate", "rawBytes");
  const key = textAt(verifier, "publicKey", "rawBytes");
  try {
    return certificate === ""
      ? createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" })
      : new X509Certificate(Buffer.from(certificate, "base64")).publicKey;
  } catch {
    return undefined;
  }
}
