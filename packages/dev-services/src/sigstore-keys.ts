import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { pathExists, readFileWithin, writeFileAside } from "@apkmill/core";

/** A P-256 key pair with the DER of its public half. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer;
}

/** The key of that name in the folder, made when it is not there, so that a restart continues. Without a folder it is made anew. */
export async function openKey(folder: string | undefined, name: string): Promise<KeyPair> {
  const path = folder === undefined ? undefined : join(folder, `${name}.key.pem`);
  if (path !== undefined && (await pathExists(path)))
    return toPair(createPrivateKey(await readFileWithin(path, 16_384)));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (path !== undefined) await writeFileAside(path, privateKey.export({ type: "pkcs8", format: "pem" }), 0o600);
  return toPair(privateKey);
}

function toPair(privateKey: KeyObject): KeyPair {
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, spki: publicKey.export({ type: "spki", format: "der" }) };
}
