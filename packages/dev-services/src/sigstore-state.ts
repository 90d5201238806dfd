import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { isSystemError, readFileWithin, writeFileAside } from "@apkmill/core";
import { at, parseJson, textAt } from "./json-answers.ts";
import {
  authorityKeyId,
  basicConstraints,
  encodeUnsigned,
  extendedKeyUsage,
  issueRoot,
  keyUsage,
  oids,
  prepareCertificate,
  signCertificate,
  subjectKeyId,
  type Authority,
} from "./x509.ts";

/** Keys and certificates of the services: made once in a folder, the same after every restart. */
export interface SigstoreState {
  /** Seconds since the epoch; everything is valid from then on. */
  readonly createdAt: number;
  /** Where the services listened last, so that addresses in tokens and certificates stay true. */
  readonly port: number;
  readonly keys: Readonly<Record<KeyName, KeyPair>>;
  readonly certificates: Readonly<Record<CertificateName, Buffer>>;
  readonly timestampSerial: Buffer;
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const names = {
  root: "dev root",
  intermediate: "dev intermediate",
  timestampRoot: "dev timestamp root",
  timestamp: "dev timestamp",
} as const;

const keyKinds = {
  tokens: "rsa",
  root: "ec",
  intermediate: "ec",
  certificateLog: "ec",
  logV1: "ec",
  logV2: "ed25519",
  timestampRoot: "ec",
  timestamp: "ec",
} as const;
const certificateNames = ["root", "intermediate", "timestampRoot", "timestamp"] as const;

export type KeyName = keyof typeof keyKinds;
export type CertificateName = (typeof certificateNames)[number];

const keyNames = Object.keys(keyKinds).filter((name): name is KeyName => name in keyKinds);
/** The authorities are valid from a day before they are made: a client's clock may be behind. */
const headStart = 24 * 3600;
const decade = 10 * 366 * 24 * 3600;
const maxStateBytes = 1024 * 1024;

/** The state in `directory`, made at `now` (seconds) where there is none. */
export async function openState(directory: string, now: number): Promise<SigstoreState> {
  const path = statePath(directory);
  try {
    return readState(parseJson(await readFileWithin(path, maxStateBytes)));
  } catch (error) {
    if (!isMissing(error)) throw error;
    const state = makeState(Math.floor(now) - headStart);
    await saveState(directory, state);
    return state;
  }
}

/** Keeps the state; its private keys are for nobody else to read. */
export async function saveState(directory: string, state: SigstoreState): Promise<void> {
  const keys = keyNames.map((name) => [name, state.keys[name].privateKey.export({ type: "pkcs8", format: "pem" })]);
  const certificates = certificateNames.map((name) => [name, state.certificates[name].toString("base64")]);
  const value = {
    createdAt: state.createdAt,
    port: state.port,
    keys: Object.fromEntries(keys) as unknown,
    certificates: Object.fromEntries(certificates) as unknown,
    timestampSerial: state.timestampSerial.toString("hex"),
  };
  await writeFileAside(statePath(directory), `${JSON.stringify(value, undefined, 2)}\n`, 0o600);
}

const statePath = (directory: string): string => join(directory, "state.json");

function isMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isSystemError(cause) && cause.code === "ENOENT";
}

function readState(value: unknown): SigstoreState {
  const pair = (name: KeyName): KeyPair => {
    const privateKey = createPrivateKey(textAt(value, "keys", name));
    return { privateKey, publicKey: createPublicKey(privateKey) };
  };
  const certificate = (name: CertificateName): Buffer => Buffer.from(textAt(value, "certificates", name), "base64");
  return {
    createdAt: Number(at(value, "createdAt")),
    port: Number(at(value, "port")),
    keys: recordOf(keyNames, pair),
    certificates: recordOf(certificateNames, certificate),
    timestampSerial: Buffer.from(textAt(value, "timestampSerial"), "hex"),
  };
}

function makeState(createdAt: number): SigstoreState {
  const keys = recordOf(keyNames, makeKey);
  const until = createdAt + decade;
  const authority = (name: CertificateName): Authority => ({ commonName: names[name], ...keys[name] });
  const issued = {
    root: issueRoot(authority("root"), createdAt, until),
    intermediate: issueIntermediate(authority("root"), authority("intermediate"), createdAt, until),
    timestampRoot: issueRoot(authority("timestampRoot"), createdAt, until),
  };
  const { certificate, serial } = issueTimestamp(authority("timestampRoot"), authority("timestamp"), createdAt, until);
  const certificates = { ...issued, timestamp: certificate };
  return { createdAt, port: 0, keys, certificates, timestampSerial: serial };
}

function issueIntermediate(root: Authority, own: Authority, notBefore: number, notAfter: number): Buffer {
  const { commonName, publicKey } = own;
  const extensions = [
    keyUsage(0x06, 1),
    extendedKeyUsage(oids.codeSigning),
    basicConstraints(0),
    subjectKeyId(publicKey),
    authorityKeyId(root.publicKey),
  ];
  const prepared = prepareCertificate({ commonName, publicKey, notBefore, notAfter, issuer: root, extensions });
  return signCertificate(encodeUnsigned(prepared), root.privateKey);
}

/** For timestamps and nothing else, and readers must know it (RFC 3161 §2.3). */
function issueTimestamp(
  root: Authority,
  own: Authority,
  notBefore: number,
  notAfter: number,
): { readonly certificate: Buffer; readonly serial: Buffer } {
  const { commonName, publicKey } = own;
  const extensions = [
    keyUsage(0x80, 7),
    extendedKeyUsage(oids.timeStamping, true),
    subjectKeyId(publicKey),
    authorityKeyId(root.publicKey),
  ];
  const prepared = prepareCertificate({ commonName, publicKey, notBefore, notAfter, issuer: root, extensions });
  return { certificate: signCertificate(encodeUnsigned(prepared), root.privateKey), serial: prepared.serial };
}

function makeKey(name: KeyName): KeyPair {
  switch (keyKinds[name]) {
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ec":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "ed25519":
      return generateKeyPairSync("ed25519");
  }
}

function recordOf<Name extends string, Value>(
  all: readonly Name[],
  valueOf: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(all.map((name) => [name, valueOf(name)])) as Record<Name, Value>;
}
