import { createHash, createPublicKey, sign } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "@apkmill/core";
import { publicKeyOf } from "./fulcio.ts";
import type { Answer } from "./loopback.ts";
import { json } from "./oidc.ts";
import { verifyP256Digest } from "./p256-verify.ts";
import { RekorTree } from "./rekor-tree.ts";
import type { KeyPair } from "./sigstore-keys.ts";

/**
 * A transparency log with the interface of Rekor v2 (rekor-tiles 2.3 and later): it takes hashedrekord entries only, checks the
 * signature over the digest, and answers with a proof of inclusion under a signed checkpoint.
 */
export interface Rekor {
  add(body: Buffer): Promise<Answer>;
  /** The newest checkpoint, as a signed note. */
  checkpoint(): string;
  readonly size: number;
}

interface Verifier {
  readonly keyDetails?: string;
  readonly x509Certificate?: { readonly rawBytes?: string };
  readonly publicKey?: { readonly rawBytes?: string };
}

interface EntryRequest {
  readonly hashedRekordRequestV002?: {
    readonly digest?: string;
    readonly signature?: { readonly content?: string; readonly verifier?: Verifier };
  };
}

/** @param origin the checkpoint's name: the log's address without its scheme */
export async function openRekor(key: KeyPair, origin: () => string, folder: string | undefined): Promise<Rekor> {
  const tree = new RekorTree();
  const known = new Set<string>();
  const path = folder === undefined ? undefined : join(folder, "log.jsonl");
  const append = (entry: string): number => {
    known.add(entry);
    return tree.append(Buffer.from(entry));
  };
  for (const line of (path === undefined ? "" : await readFile(path, "utf8").catch(() => "")).split("\n"))
    if (line !== "") append(line);
  const checkpoint = (): string => signCheckpoint(key, origin(), tree);
  return {
    get size() {
      return tree.size;
    },
    checkpoint,
    add: async (body) => {
      const request = (JSON.parse(body.toString("utf8")) as EntryRequest).hashedRekordRequestV002;
      if (request === undefined)
        return json(400, { code: 3, message: "invalid type, must be hashedrekord", details: [] });
      const problem = objectionTo(request);
      if (problem !== undefined) return json(400, { code: 3, message: problem, details: [] });
      const entry = canonicalJson({
        apiVersion: "0.0.2",
        kind: "hashedrekord",
        spec: {
          hashedRekordV002: { data: { algorithm: "SHA2_256", digest: request.digest }, signature: request.signature },
        },
      });
      if (known.has(entry))
        return json(409, {
          code: 6,
          message: "an equivalent entry already exists in the transparency log",
          details: [],
        });
      const index = append(entry);
      if (path !== undefined && folder !== undefined) {
        await mkdir(folder, { recursive: true });
        await appendFile(path, `${entry}\n`);
      }
      return json(201, describeEntry(entry, index, tree, key, checkpoint()));
    },
  };
}

function objectionTo({ digest, signature }: NonNullable<EntryRequest["hashedRekordRequestV002"]>): string | undefined {
  const { x509Certificate, publicKey, keyDetails } = signature?.verifier ?? {};
  if (keyDetails !== "PKIX_ECDSA_P256_SHA_256") return "unsupported key details";
  try {
    const certificate = x509Certificate?.rawBytes;
    const spki =
      certificate === undefined
        ? Buffer.from(publicKey?.rawBytes ?? "", "base64")
        : publicKeyOf(Buffer.from(certificate, "base64"));
    const signer = createPublicKey({ key: spki, format: "der", type: "spki" });
    const good = verifyP256Digest(
      signer,
      Buffer.from(digest ?? "", "base64"),
      Buffer.from(signature?.content ?? "", "base64"),
    );
    return good ? undefined : "invalid signature";
  } catch {
    return "the verifier or the signature cannot be read";
  }
}

function describeEntry(entry: string, index: number, tree: RekorTree, key: KeyPair, checkpoint: string): unknown {
  return {
    logIndex: String(index),
    logId: { keyId: logIdOf(key).toString("base64") },
    kindVersion: { kind: "hashedrekord", version: "0.0.2" },
    integratedTime: "0",
    inclusionPromise: null,
    inclusionProof: {
      logIndex: String(index),
      rootHash: tree.root().toString("base64"),
      treeSize: String(tree.size),
      hashes: tree.proof(index).map((hash) => hash.toString("base64")),
      checkpoint: { envelope: checkpoint },
    },
    canonicalizedBody: Buffer.from(entry).toString("base64"),
  };
}

/** SHA-256 of the public key's DER: what names an ECDSA log. */
export function logIdOf(key: KeyPair): Buffer {
  return createHash("sha256").update(key.spki).digest();
}

/** A signed note (transparency.dev): origin, size and root, then the signature behind an em dash with the key's hint. */
function signCheckpoint(key: KeyPair, origin: string, tree: RekorTree): string {
  const note = `${origin}\n${tree.size}\n${tree.root().toString("base64")}\n`;
  const signature = Buffer.concat([logIdOf(key).subarray(0, 4), sign("sha256", Buffer.from(note), key.privateKey)]);
  return `${note}\n\u2014 ${origin} ${signature.toString("base64")}\n`;
}
