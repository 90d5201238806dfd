import { sign, verify } from "node:crypto";
import { createTarScanner, encodeTarHeader, gzipBytes, tarPadding, type TarEntry } from "@apkmill/archive";
import { ApkError } from "./apk-error.ts";
import type { Keyring, SigningKey } from "./keys.ts";

/**
 * Signatures of packages and indexes: files `.SIGN.<ALG>.<key file name>` in a gzip member of their own before the rest
 * (reference apk-formats A2). Each holds a raw RSA PKCS#1 v1.5 signature over compressed bytes: those of the control
 * member of a package, those of everything that follows in an index.
 */
export interface Signature {
  readonly keyName: string;
  readonly digest: "sha1" | "sha256" | "sha512";
  readonly value: Buffer;
}

const digests: Readonly<Record<string, Signature["digest"] | undefined>> = {
  RSA: "sha1",
  RSA256: "sha256",
  RSA512: "sha512",
};

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
  const match = /^\.SIGN\.([^.]+)\.(.+)$/.exec(entry.path);
  const digest = digests[match?.[1] ?? ""];
  if (match?.[2] === undefined || digest === undefined || value.length > maxSignatureBytes) return [];
  return [{ keyName: match[2], digest, value }];
}

/**
 * The name of the key that signed `signed`. The first signature whose key is known decides, even when a later one would
 * be good: what apk does, and what keeps a weaker key from covering for a failed one.
 * @throws ApkError `<kind>_UNSIGNED`, `<kind>_UNKNOWN_SIGNER`, `<kind>_BAD_SIGNATURE`
 */
export function requireSigner(
  signatures: readonly Signature[],
  signed: Buffer,
  keyring: Keyring,
  { kind, what }: { readonly kind: "APK" | "INDEX"; readonly what: string },
): string {
  if (signatures.length === 0) {
    throw new ApkError(`${kind}_UNSIGNED`, `${what} is not signed`, {
      hint: "sign it, or allow unsigned content explicitly if its source is trusted",
      context: { package: what },
    });
  }
  for (const { keyName, digest, value } of signatures) {
    const known = keyring.keys.get(keyName);
    if (known === undefined) continue;
    if (known.key.asymmetricKeyType === "rsa" && verify(digest, signed, known.key, value)) return keyName;
    throw new ApkError(`${kind}_BAD_SIGNATURE`, `${what}: the signature by ${keyName} does not match the content`, {
      hint: "fetch it again; if it stays so, it was changed or the key of that name is another one",
      context: { package: what },
    });
  }
  const names = signatures.map(({ keyName }) => keyName).join(", ");
  throw new ApkError(`${kind}_UNKNOWN_SIGNER`, `${what} is signed by ${names}, which is not in the keyring`, {
    hint: "add the public key of its repository to the keyring if you trust it",
    context: { package: what },
  });
}

/** The gzip member that signs `signed` with each key: RSA PKCS#1 v1.5 over SHA-256, a tar without end blocks. */
export async function encodeSignatureMember(
  signed: Buffer,
  keys: readonly SigningKey[],
  mtime: number,
): Promise<Buffer> {
  const blocks = keys.flatMap((key) => {
    const value = sign("sha256", signed, key.key);
    const header = encodeTarHeader(sectionEntry(`.SIGN.RSA256.${key.name}`, value.length, { mode: 0o644, mtime }));
    return [header, value, tarPadding(value.length)];
  });
  return gzipBytes(Buffer.concat(blocks));
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
