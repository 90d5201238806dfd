import { createHash, sign } from "node:crypto";
import { octets } from "./der.ts";
import { extension, oids, spkiOf, type Authority } from "./x509.ts";

/**
 * The promise of a certificate log to publish a certificate, embedded in it (RFC 6962 §3.2, §3.3).
 * `unsigned` is the signed part as it is without the promise; `time` in seconds since the epoch.
 */
export function issueSct(
  log: Pick<Authority, "privateKey" | "publicKey">,
  issuer: Authority,
  unsigned: Buffer,
  time: number,
): Buffer {
  const timestamp = Buffer.alloc(8);
  timestamp.writeBigUInt64BE(BigInt(Math.floor(time * 1000)));
  // Version 1, a certificate's timestamp; then an entry of a certificate that is still to be signed, no extensions.
  const head = [Buffer.from([0, 0]), timestamp, Buffer.from([0, 1])];
  const signed = Buffer.concat([...head, sha256(spkiOf(issuer.publicKey)), sized(3, unsigned), Buffer.alloc(2)]);
  // 4 is SHA-256, 3 is ECDSA (RFC 5246 §7.4.1.4.1).
  const signature = Buffer.concat([Buffer.from([4, 3]), sized(2, sign("sha256", signed, log.privateKey))]);
  const sct = Buffer.concat([Buffer.from([0]), logIdOf(log), timestamp, Buffer.alloc(2), signature]);
  return extension(oids.sctList, octets(sized(2, sized(2, sct))));
}

/** A log of certificates is named by the hash of its key. */
export function logIdOf({ publicKey }: Pick<Authority, "publicKey">): Buffer {
  return sha256(spkiOf(publicKey));
}

/** Bytes after their length in `width` octets, as TLS writes them. */
function sized(width: number, bytes: Buffer): Buffer {
  const length = Buffer.alloc(width);
  length.writeUIntBE(bytes.byteLength, 0, width);
  return Buffer.concat([length, bytes]);
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
