import { createHash, sign, type KeyObject } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { inclusionPath, leafHash, treeHash } from "./rekor-tree.ts";
import { spkiOf } from "./x509.ts";

/** An append-only log: entries, the tree over them, and checkpoints that sign its state. */
export interface TransparencyLog {
  readonly origin: string;
  readonly privateKey: KeyObject;
  /** Names the log: in trust roots, in entries, and with its first four octets in checkpoints. */
  readonly logId: Buffer;
  readonly entries: readonly LoggedEntry[];
  /** Undefined when the very same entry is there already. */
  append(body: Buffer, time: number): LoggedEntry | undefined;
  find(body: Buffer): LoggedEntry | undefined;
  /** The entry's proof in the log as it is now. */
  prove(entry: LoggedEntry): InclusionProof;
  /** A signed note (C2SP signed-note, tlog-checkpoint) on the log as it is now. */
  checkpoint(): string;
}

export interface LoggedEntry {
  readonly index: number;
  /** Seconds since the epoch. */
  readonly time: number;
  /** The canonical body; its bytes are the leaf. */
  readonly body: Buffer;
  readonly leaf: Buffer;
}

export interface InclusionProof {
  readonly rootHash: Buffer;
  readonly treeSize: number;
  readonly hashes: readonly Buffer[];
  readonly checkpoint: string;
}

export interface LogOptions {
  /** First line of every checkpoint. */
  readonly origin: string;
  /** Name in its signature; the trust root's address must contain it. */
  readonly signerName: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** One line an entry: time and body. */
  readonly path: string;
}

/** The log that is kept in a file; what an earlier process appended is there. */
export function openLog(options: LogOptions): TransparencyLog {
  const { origin, privateKey, path } = options;
  const entries = readEntries(path);
  const byBody = new Map(entries.map((entry) => [entry.leaf.toString("hex"), entry]));
  const logId = logKeyId(options);
  const find = (body: Buffer): LoggedEntry | undefined => byBody.get(leafHash(body).toString("hex"));
  const leaves = (): Buffer[] => entries.map(({ leaf }) => leaf);
  const checkpoint = (): string => {
    const note = `${origin}\n${String(entries.length)}\n${treeHash(leaves()).toString("base64")}\n`;
    const signature = sign(digestFor(privateKey), Buffer.from(note), privateKey);
    return `${note}\n\u2014 ${options.signerName} ${Buffer.concat([logId.subarray(0, 4), signature]).toString("base64")}\n`;
  };
  return {
    origin,
    privateKey,
    logId,
    entries,
    find,
    append: (body, time) => {
      if (find(body) !== undefined) return undefined;
      const entry = { index: entries.length, time: Math.floor(time), body, leaf: leafHash(body) };
      // On disk before anybody hears of it: a restart must not forget what a proof was given for.
      appendFileSync(path, `${String(entry.time)} ${body.toString("base64")}\n`, { mode: 0o600 });
      entries.push(entry);
      byBody.set(entry.leaf.toString("hex"), entry);
      return entry;
    },
    prove: ({ index }) => ({
      rootHash: treeHash(leaves()),
      treeSize: entries.length,
      hashes: inclusionPath(index, leaves()),
      checkpoint: checkpoint(),
    }),
    checkpoint,
  };
}

/** A line that a killed process left unfinished was never answered for, and is dropped. */
function readEntries(path: string): LoggedEntry[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line, index) => {
    const [time = "", encoded = ""] = line.split(" ");
    const body = Buffer.from(encoded, "base64");
    return { index, time: Number(time), body, leaf: leafHash(body) };
  });
}

/** ECDSA: the hash of the key. Ed25519: the hash of name and key (C2SP signed-note, "Signatures"). */
function logKeyId({ publicKey, signerName }: LogOptions): Buffer {
  const spki = spkiOf(publicKey);
  const hash = createHash("sha256");
  if (publicKey.asymmetricKeyType !== "ed25519") return hash.update(spki).digest();
  return hash
    .update(`${signerName}\n`)
    .update(Buffer.from([1]))
    .update(spki.subarray(-32))
    .digest();
}

function digestFor(key: KeyObject): "sha256" | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}
