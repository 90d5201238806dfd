import { createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { basename } from "node:path";
import { promisify } from "node:util";
import { ApkError } from "./apk-error.ts";
import { readKeyFile } from "./key-file.ts";
import type { SigningKey } from "./keys.ts";

const minModulusBits = 2048;

/**
 * A new RSA key pair in PEM: SubjectPublicKeyInfo public; private as melange writes it, PKCS#1, or with a passphrase PKCS#8,
 * because PKCS#1 can only be encrypted under a passphrase that is hashed once, with MD5.
 * @throws ApkError KEY_FORMAT for fewer than 2048 bits, or an empty passphrase
 */
export async function generateKey(
  bits = 4096,
  { passphrase }: { readonly passphrase?: string | undefined } = {},
): Promise<{ readonly privatePem: string; readonly publicPem: string }> {
  if (!Number.isInteger(bits) || bits < minModulusBits || bits > 16_384) {
    throw new ApkError("KEY_FORMAT", `cannot make an RSA key of ${String(bits)} bits`, {
      hint: "choose 2048 to 16384 bits; 4096 is usual",
    });
  }
  if (passphrase === "") throw new ApkError("KEY_FORMAT", "cannot encrypt a key with an empty passphrase");
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: bits,
    privateKeyEncoding:
      passphrase === undefined
        ? { type: "pkcs1", format: "pem" }
        : { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { privatePem: privateKey, publicPem: publicKey };
}

export interface SigningKeyOptions {
  /** File name of the public half (`melange.rsa.pub`). Default: the key file's name and `.pub`. */
  readonly name?: string;
  /** For a key that is stored encrypted. */
  readonly passphrase?: string;
}

/**
 * The private key in a PEM file, or in PEM text (then `name` is needed). PKCS#1 and PKCS#8 are read.
 * @throws ApkError KEY_FORMAT, KEY_MISSING
 */
export async function loadSigningKey(pathOrPem: string, options: SigningKeyOptions = {}): Promise<SigningKey> {
  const isText = pathOrPem.includes("-----BEGIN");
  const what = isText ? "the signing key" : `signing key ${pathOrPem}`;
  const pem = isText ? pathOrPem : await readKeyFile(pathOrPem);
  const name = options.name ?? (isText ? "" : `${basename(pathOrPem)}.pub`);
  if (name === "" || name.includes("/")) {
    throw new ApkError("KEY_FORMAT", `${what} has no name that signatures could carry`, {
      hint: "give the file name of its public half, such as melange.rsa.pub",
    });
  }
  return { name, key: parsePrivateKey(pem, options.passphrase, what) };
}

/** Never quotes the text or the parser's complaint about it: both may hold key material. */
function parsePrivateKey(pem: string, passphrase: string | undefined, what: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    throw unreadable(pem, passphrase, what);
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === "rsa" && bits >= minModulusBits) return key;
  throw new ApkError(
    "KEY_FORMAT",
    `${what}: expected an RSA key of at least ${String(minModulusBits)} bits, found ${key.asymmetricKeyType ?? "another"} with ${String(bits)}`,
    { hint: "make one with: apkmill apk keygen" },
  );
}

function unreadable(pem: string, passphrase: string | undefined, what: string): ApkError {
  if (!/ENCRYPTED/.test(pem)) {
    return new ApkError("KEY_FORMAT", `${what} is not a private key in PEM that can be read`, {
      hint: "give an RSA key in PKCS#1 or PKCS#8 PEM",
    });
  }
  return passphrase === undefined
    ? new ApkError("KEY_FORMAT", `${what} is encrypted, and no passphrase is given`, {
        hint: "name the file that holds its passphrase with --passphrase-file",
      })
    : new ApkError("KEY_FORMAT", `${what} is encrypted, and not with the passphrase that is given`, {
        hint: "check the file that --passphrase-file names",
      });
}
