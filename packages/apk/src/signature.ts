import { sign, verify } from "node:crypto";
import { createTarScanner, encodeTarHeader, gzipBytes, tarPadding, type TarEntry } from "@apkmill/archive";
import type { Subject } from "./adb/subject.ts";
import { ApkError } from "./apk-error.ts";
import type { Keyring, PublicKey, SigningKey } from "./keys.ts";

/**
 * Signatures of packages and indexes: files `.SIGN.<ALG>.<key file name>` in a gzip member of their own before the rest
 * (reference apk-formats A2). Each holds a raw RSA PKCS#1 v1.5 signature over compressed bytes: those of the control
 * member of a package, those of everything that follows in an index.
 */
export interface Signature {
  readonly keyName: string;
  readonly algorithm: SignatureAlgorithm;
  readonly digest: "sha1" | "sha256" | "sha512";
  readonly value: Buffer;
}

/** As the name of the file writes it. DSA is read so that it can be refused by name. */
export type SignatureAlgorithm = "RSA" | "RSA256" | "RSA512" | "DSA";

const digests: ReadonlyMap<string, Signature["digest"]> = new Map<SignatureAlgorithm, Signature["digest"]>([
  ["RSA", "sha1"],
  ["RSA256", "sha256"],
  ["RSA512", "sha512"],
  ["DSA", "sha1"],
]);

const maxSignatureBytes = 64 * 1024;

/** True for the name of an entry in a signature section. */
export function isSignatureName(path: string): boolean {
  return path.startsWith(".SIGN.") && !path.includes("/");
}

/**
 * The signatures of an unpacked signature section, in order; of kinds that apk does not know, none.
 * @throws ArchiveError ARCHIVE_TAR_… · ApkError `code` for any other entry in it
 */
export function readSignatureSection(content: Buffer, code: "APK_FORMAT" | "INDEX_FORMAT", what: string): Signature[] {
  const found: { readonly entry: TarEntry; readonly chunks: Buffer[] }[] = [];
  const scanner = createTarScanner(
    {
      onEntry: (entry) => found.push({ entry, chunks: [] }),
      onContent: (chunk) => found.at(-1)?.chunks.push(chunk),
      onEnd: () => undefined,
    },
    { what, dialect: "apk" },
  );
  scanner.push(content);
  if (scanner.end()) throw new ApkError(code, `${what}: end-of-archive blocks in the signature section`);
  const foreign = found.find(({ entry }) => entry.type !== "file" || !isSignatureName(entry.path));
  if (foreign !== undefined) throw new ApkError(code, `${what}: ${foreign.entry.path} in the signature section`);
  return found.flatMap(({ entry, chunks }) => parseSignature(entry, Buffer.concat(chunks)));
}

function parseSignature(entry: TarEntry, value: Buffer): Signature[] {
  const [, algorithm = "", keyName = ""] = /^\.SIGN\.([^.]+)\.(.+)$/.exec(entry.path) ?? [];
  const digest = digests.get(algorithm);
  if (keyName === "" || digest === undefined || value.length > maxSignatureBytes) return [];
  return [{ keyName, algorithm: algorithm as SignatureAlgorithm, digest, value }];
}

/**
 * The name, in the keyring, of the key that signed `signed`. The first signature whose key is known by its name decides, even
 * when a later one would be good: what apk does, and what keeps a weaker key from covering for a failed one. Where no name
 * is known, a key that is here under another name will do, as names are not signed and the key is what is trusted.
 * @throws ApkError `<kind>_UNSIGNED`, `<kind>_UNKNOWN_SIGNER`, `<kind>_BAD_SIGNATURE`
 */
export function requireSigner(
  signatures: readonly Signature[],
  signed: Buffer,
  keyring: Keyring,
  subject: Subject,
): string {
  if (signatures.length === 0) throw unsigned(subject);
  for (const signature of signatures) {
    const known = keyring.keys.get(signature.keyName);
    if (known === undefined) continue;
    if (isGood(signature, signed, known)) return known.name;
    throw badSignature(signature, subject);
  }
  const signer = findSignerByKey(signatures, signed, keyring);
  if (signer === undefined) throw unknownSigner(signatures, subject);
  return signer;
}

/** True when a key of the keyring is named as a signer, whether or not its signature holds, or is one under another name. */
export function hasSigner(signatures: readonly Signature[], signed: Buffer, keyring: Keyring): boolean {
  return (
    signatures.some(({ keyName }) => keyring.keys.has(keyName)) ||
    findSignerByKey(signatures, signed, keyring) !== undefined
  );
}

/** So many signatures of one file are tried with every key; real files have up to three. */
const mostTried = 8;

function findSignerByKey(signatures: readonly Signature[], signed: Buffer, keyring: Keyring): string | undefined {
  for (const signature of signatures.slice(0, mostTried))
    for (const key of keyring.keys.values()) if (isGood(signature, signed, key)) return key.name;
  return undefined;
}

/** The length of a signature is that of the key's modulus, which spares hashing the content for keys of other lengths. */
function isGood({ algorithm, digest, value }: Signature, signed: Buffer, { key }: PublicKey): boolean {
  if (algorithm === "DSA" || key.asymmetricKeyType !== "rsa") return false;
  return value.length * 8 === key.asymmetricKeyDetails?.modulusLength && verify(digest, signed, key, value);
}

function unsigned({ kind, what }: Subject): ApkError {
  return new ApkError(`${kind}_UNSIGNED`, `${what} is not signed`, {
    hint: "sign it, or allow unsigned content explicitly if its source is trusted",
    context: { package: what },
  });
}

function badSignature({ keyName, algorithm }: Signature, { kind, what }: Subject): ApkError {
  const [message, hint] =
    algorithm === "DSA"
      ? [`is of the DSA kind, which is not accepted`, "have it signed anew with an RSA key"]
      : [
          `does not match the content`,
          "fetch it again; if it stays so, it was changed or the key of that name is another one",
        ];
  return new ApkError(`${kind}_BAD_SIGNATURE`, `${what}: the signature by ${keyName} ${message}`, {
    hint,
    context: { package: what },
  });
}

function unknownSigner(signatures: readonly Signature[], { kind, what }: Subject): ApkError {
  const names = signatures.map(({ keyName }) => keyName).join(", ");
  return new ApkError(`${kind}_UNKNOWN_SIGNER`, `${what} is signed by ${names}, which is not in the keyring`, {
    hint: "add the public key of its repository to the keyring if you trust it",
    context: { package: what },
  });
}

/**
 * The gzip member that signs `signed` with each key: RSA PKCS#1 v1.5 over SHA-256, a tar without end blocks. `kept` are older
 * signatures to stand behind them; of one name, the new one stays.
 * @throws ApkError KEY_FORMAT for two keys of one name
 */
export async function encodeSignatureMember(
  signed: Buffer,
  keys: readonly SigningKey[],
  mtime: number,
  kept: readonly Signature[] = [],
): Promise<Buffer> {
  requireOwnNames(keys);
  const isNew = (name: string): boolean => keys.some((key) => key.name === name);
  const blocks = [
    ...keys.flatMap(({ name, key }) => signatureFile(`.SIGN.RSA256.${name}`, sign("sha256", signed, key), mtime)),
    ...kept
      .filter(({ keyName }) => !isNew(keyName))
      .flatMap(({ algorithm, keyName, value }) => signatureFile(`.SIGN.${algorithm}.${keyName}`, value, mtime)),
  ];
  return gzipBytes(Buffer.concat(blocks));
}

/** A reader looks a key up by its name: of two signatures under one name, only the first would ever be tried. */
function requireOwnNames(keys: readonly SigningKey[]): void {
  const names = new Set<string>();
  for (const { name } of keys) {
    if (names.has(name)) {
      throw new ApkError("KEY_FORMAT", `two signing keys are named ${name}`, {
        hint: "give each key once, and different keys different names",
      });
    }
    names.add(name);
  }
}

function signatureFile(path: string, value: Buffer, mtime: number): Buffer[] {
  const header = encodeTarHeader(sectionEntry(path, value.length, { mode: 0o644, mtime }));
  return [header, value, tarPadding(value.length)];
}

/** A plain file of root's, as the sections beside the data hold them. */
export function sectionEntry(
  path: string,
  sizeBytes: number,
  { mode, mtime }: { readonly mode: number; readonly mtime: number },
): TarEntry {
  return {
    path,
    type: "file",
    mode,
    uid: 0,
    gid: 0,
    uname: "root",
    gname: "root",
    sizeBytes,
    mtime,
    linkPath: "",
    xattrs: new Map(),
    pax: new Map(),
  };
}
