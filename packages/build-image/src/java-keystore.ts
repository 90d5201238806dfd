import { createHash } from "node:crypto";
import { ImageError } from "./image-error.ts";
import { KeystoreCursor } from "./keystore-cursor.ts";

/** A certificate to be trusted, under its name in the store. */
export interface TrustedCertificate {
  readonly alias: string;
  readonly der: Uint8Array;
}

/** What every Java runtime opens its store with. It protects nothing: the checksum under it says that the file is whole. */
const password = "changeit";

const magic = 0xfeedfeed;
const version = 2;
const kinds = { privateKey: 1, certificate: 2 } as const;
const checksumBytes = 20;

/**
 * A Java key store (JKS) with further certificates: entries that are there stay byte for byte, one of the same alias is replaced, and
 * all are ordered by alias, so that the same input gives the same bytes. `createdMs` is written as the time of the added ones.
 * Aliases become lower-case, as Java looks for them.
 *
 * Form: magic, version, number of entries; entries of a kind, alias, time and content; then a SHA-1 over the password in UTF-16, a
 * fixed salt and all before it. Source: the form of `sun.security.provider.JavaKeyStore`, which `keytool` writes.
 * @throws ImageError IMAGE_UNSUPPORTED for a store of another form (PKCS #12, JCEKS, another password), IMAGE_CONTENT for a damaged one
 */
export function extendKeystore(
  store: Buffer,
  path: string,
  added: readonly TrustedCertificate[],
  createdMs: number,
): Buffer {
  const entries = new Map(readEntries(store, path).map((entry) => [entry.alias, entry.bytes]));
  for (const { alias, der } of added)
    entries.set(alias.toLowerCase(), encodeEntry(alias.toLowerCase(), der, createdMs));
  // Latin-1 text has the order of its bytes, and an alias is kept as the bytes that stand in the file.
  const ordered = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes);
  const content = Buffer.concat([integers(magic, version, ordered.length), ...ordered]);
  return Buffer.concat([content, checksumOf(content)]);
}

/** The entries that stand in a store: their alias, one character for each byte, and all their bytes. */
function readEntries(store: Buffer, path: string): { readonly alias: string; readonly bytes: Buffer }[] {
  requireForm(store, path);
  const content = store.subarray(0, store.length - checksumBytes);
  const at = new KeystoreCursor(content, (problem) => damaged(path, problem));
  at.skip(8);
  const entries = Array.from({ length: at.count() }, () => {
    const start = at.position;
    const alias = readEntry(at, path);
    return { alias, bytes: content.subarray(start, at.position) };
  });
  if (at.position < content.length) throw damaged(path, "bytes follow the last entry");
  return entries;
}

function requireForm(store: Buffer, path: string): void {
  const first = store.length < 12 ? 0 : store.readUInt32BE(0);
  const form =
    store[0] === 0x30
      ? "a PKCS #12 store"
      : first === 0xcececece
        ? "a JCEKS store"
        : first === magic && store.readUInt32BE(4) !== version
          ? "version 1 of the form"
          : "";
  if (form !== "") throw unsupported(path, `found ${form}`);
  if (first !== magic || store.length < 12 + checksumBytes) throw damaged(path, "it does not begin as one");
  const content = store.subarray(0, store.length - checksumBytes);
  if (!checksumOf(content).equals(store.subarray(content.length)))
    throw unsupported(path, `its checksum is not that of the password ${JSON.stringify(password)}`);
}

/** Passes over one entry; returns its alias. */
function readEntry(at: KeystoreCursor, path: string): string {
  const kind = at.integer();
  if (kind !== kinds.privateKey && kind !== kinds.certificate) throw damaged(path, "it has an entry of no known kind");
  const alias = at.text();
  at.skip(8);
  if (kind === kinds.certificate) readCertificate(at);
  else {
    at.skip(at.integer());
    const chain = at.count();
    for (let each = 0; each < chain; each += 1) readCertificate(at);
  }
  return alias;
}

function readCertificate(at: KeystoreCursor): void {
  at.text();
  at.skip(at.integer());
}

/** Aliases and kinds are ASCII here, for which Java's own form of UTF-8 is the usual one. */
function encodeEntry(alias: string, der: Uint8Array, createdMs: number): Buffer {
  const created = Buffer.alloc(8);
  created.writeBigUInt64BE(BigInt(createdMs));
  return Buffer.concat([integers(kinds.certificate), text(alias), created, text("X.509"), integers(der.length), der]);
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value, "latin1")]);
}

function integers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

function checksumOf(content: Buffer): Buffer {
  const wide = Buffer.from(password, "utf16le").swap16();
  return createHash("sha1").update(wide).update("Mighty Aphrodite").update(content).digest();
}

function unsupported(path: string, found: string): ImageError {
  return new ImageError(
    "IMAGE_UNSUPPORTED",
    `certificates cannot be added to ${path}: expected a JKS store, ${found}`,
    {
      hint: "convert the store in its package (keytool -importkeystore -deststoretype JKS), or leave out the certificates",
      context: { path },
    },
  );
}

function damaged(path: string, problem: string): ImageError {
  return new ImageError("IMAGE_CONTENT", `certificates cannot be added to ${path}: ${problem}`, {
    hint: "repair the package that brings the Java key store",
    context: { path },
  });
}
