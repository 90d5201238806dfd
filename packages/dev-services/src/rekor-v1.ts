import { createHash, createPublicKey, sign, verify, X509Certificate, type KeyObject } from "node:crypto";
import { canonicalJson } from "@apkmill/core";
import { at, json, parseJson, problem, textAt } from "./json-answers.ts";
import type { Answer } from "./loopback.ts";
import type { LoggedEntry, TransparencyLog } from "./rekor-log.ts";
import { verifiesDigest } from "./rekor-p256.ts";

/**
 * Rekor v1: entries with a time that the log signs (SET), found again by their leaf hash. Kinds dsse and hashedrekord.
 * Source: rekor openapi.yaml, pkg/types/{dsse,hashedrekord}/v0.0.1; reference sigstore-oci §1.3.
 */

/** Names the tree; the first half of every entry's id. */
export const treeId = 1193050959916656506n;
/** The public log's index counts over earlier shards too; a reader that mixes the two is found out. */
const earlierShards = 1000;

/** `POST /api/v1/log/entries` */
export function addEntryV1(log: TransparencyLog, body: Buffer, now: number): Answer {
  const proposal = parseJson(body);
  const entry = canonicalise(proposal);
  if (typeof entry === "string") return problem(400, 400, `error processing entry: ${entry}`);
  const bytes = Buffer.from(canonicalJson(entry));
  const logged = log.append(bytes, now);
  const found = logged ?? log.find(bytes);
  if (found === undefined) return problem(500, 500, "lost entry");
  const location = `/api/v1/log/entries/${idOf(found)}`;
  return logged === undefined
    ? { ...problem(409, 409, "an equivalent entry already exists in the transparency log"), headers: { location } }
    : json(201, { [idOf(found)]: describeEntryV1(log, found) }, { location, etag: idOf(found) });
}

/** `GET /api/v1/log/entries/{id}` */
export function getEntryV1(log: TransparencyLog, id: string): Answer {
  const found = log.entries.find((entry) => id.endsWith(entry.leaf.toString("hex")));
  return found === undefined
    ? problem(404, 404, "entry not found")
    : json(200, { [idOf(found)]: describeEntryV1(log, found) });
}

/** `GET /api/v1/log` */
export function describeLogV1(log: TransparencyLog): Answer {
  const [, treeSize = "0", rootHash = ""] = log.checkpoint().split("\n");
  return json(200, {
    rootHash: Buffer.from(rootHash, "base64").toString("hex"),
    signedTreeHead: log.checkpoint(),
    treeID: String(treeId),
    treeSize: Number(treeSize),
    inactiveShards: [],
  });
}

function idOf({ leaf }: LoggedEntry): string {
  return treeId.toString(16).padStart(16, "0") + leaf.toString("hex");
}

function describeEntryV1(log: TransparencyLog, entry: LoggedEntry): unknown {
  const proof = log.prove(entry);
  const promised = {
    body: entry.body.toString("base64"),
    integratedTime: entry.time,
    logID: log.logId.toString("hex"),
    logIndex: entry.index + earlierShards,
  };
  const promise = sign("sha256", Buffer.from(canonicalJson(promised)), log.privateKey);
  return {
    ...promised,
    verification: {
      signedEntryTimestamp: promise.toString("base64"),
      inclusionProof: {
        checkpoint: proof.checkpoint,
        hashes: proof.hashes.map((hash) => hash.toString("hex")),
        logIndex: entry.index,
        rootHash: proof.rootHash.toString("hex"),
        treeSize: proof.treeSize,
      },
    },
  };
}

/** What the log keeps of a proposal, or why it refuses it. */
function canonicalise(proposal: unknown): object | string {
  const [kind, version] = [textAt(proposal, "kind"), textAt(proposal, "apiVersion")];
  if (version === "0.0.1" && kind === "dsse") return canonicaliseEnvelope(at(proposal, "spec", "proposedContent"));
  if (version === "0.0.1" && kind === "hashedrekord") return canonicaliseRecord(at(proposal, "spec"));
  return `entry kind ${kind} ${version} is not supported`;
}

function canonicaliseEnvelope(content: unknown): object | string {
  const text = textAt(content, "envelope");
  const envelope = parseJson(Buffer.from(text));
  const payload = Buffer.from(textAt(envelope, "payload"), "base64");
  const [signature, verifier] = [textAt(envelope, "signatures", 0, "sig"), textAt(content, "verifiers", 0)];
  const key = readPem(verifier);
  const type = textAt(envelope, "payloadType");
  const head = `DSSEv1 ${String(Buffer.byteLength(type))} ${type} ${String(payload.byteLength)} `;
  const signed = Buffer.concat([Buffer.from(head), payload]);
  if (key === undefined || !verify("sha256", signed, key, Buffer.from(signature, "base64"))) return "invalid signature";
  const spec = {
    envelopeHash: { algorithm: "sha256", value: sha256(Buffer.from(text)) },
    payloadHash: { algorithm: "sha256", value: sha256(payload) },
    signatures: [{ signature, verifier }],
  };
  return { apiVersion: "0.0.1", kind: "dsse", spec };
}

function canonicaliseRecord(spec: unknown): object | string {
  const value = textAt(spec, "data", "hash", "value");
  const [content, verifier] = [textAt(spec, "signature", "content"), textAt(spec, "signature", "publicKey", "content")];
  const key = readPem(verifier);
  const holds = key !== undefined && verifiesDigest(key, Buffer.from(value, "hex"), Buffer.from(content, "base64"));
  if (!holds) return "invalid signature";
  const kept = {
    data: { hash: { algorithm: "sha256", value } },
    signature: { content, publicKey: { content: verifier } },
  };
  return { apiVersion: "0.0.1", kind: "hashedrekord", spec: kept };
}

function readPem(encoded: string): KeyObject | undefined {
  const text = Buffer.from(encoded, "base64").toString("utf8");
  try {
    return text.includes("BEGIN CERTIFICATE") ? new X509Certificate(text).publicKey : createPublicKey(text);
  } catch {
    return undefined;
  }
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
