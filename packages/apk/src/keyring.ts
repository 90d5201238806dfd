import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareBytes, reasonOf, silentLogger, type Ports } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { Credentials } from "./credentials.ts";
import { maxKeyBytes, readKeyFile } from "./key-file.ts";
import type { Keyring, PublicKey, SigningKey } from "./keys.ts";
import { loadCredentials } from "./load-credentials.ts";
import { fetchRemembered } from "./remembered-file.ts";

const minModulusBits = 2048;

/**
 * A public key under the file name that signatures use: RSA of 2048 bits or more, or an elliptic curve, which only signs v3.
 * @throws ApkError KEY_FORMAT
 */
export function parsePublicKey(name: string, pem: string): PublicKey {
  requireFileName(name);
  const key = readPublicKey(pem);
  if (key === undefined) {
    throw new ApkError("KEY_FORMAT", `key ${name}: not a public key in PEM`, {
      hint: "give the public half (….rsa.pub), which begins with -----BEGIN PUBLIC KEY-----",
    });
  }
  requireUsable(name, key);
  return { name, pem, key };
}

function readPublicKey(pem: string): KeyObject | undefined {
  try {
    return /-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem) ? createPublicKey(pem) : undefined;
  } catch {
    // The parser's words may quote the text.
    return undefined;
  }
}

/** The name becomes that of a file in an image's `/etc/apk/keys`. */
function requireFileName(name: string): void {
  if (/^[^/\p{C}]{1,200}$/u.test(name) && name !== "." && name !== "..") return;
  throw new ApkError("KEY_FORMAT", `a key cannot be called ${JSON.stringify(name.slice(0, 200))}`, {
    hint: "give the key a plain file name, such as acme.rsa.pub",
  });
}

function requireUsable(name: string, { asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject): void {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (type === "ec" || (type === "rsa" && bits >= minModulusBits)) return;
  const found = type === "rsa" ? `RSA with ${String(bits)}` : `a key of type ${type ?? "unknown"}`;
  throw new ApkError(
    "KEY_FORMAT",
    `key ${name}: expected RSA with at least ${String(minModulusBits)} bits, found ${found}`,
    {
      hint: "ask the repository for the RSA key that it signs with now",
    },
  );
}

/** The key that verifies what `key` signs, under the name that its signatures carry. */
export function publicKeyOf({ name, key }: SigningKey): PublicKey {
  const publicKey = createPublicKey(key);
  return { name, pem: publicKey.export({ type: "spki", format: "pem" }).toString(), key: publicKey };
}

/** A keyring of these keys; where two have one name, the first stays, as in apk's key folders. */
export function keyringOf(keys: Iterable<PublicKey>): Keyring {
  const byName = new Map<string, PublicKey>();
  for (const key of keys) if (!byName.has(key.name)) byName.set(key.name, key);
  return { keys: byName };
}

/** All keys of several keyrings; of one name, the first stays. */
export function mergeKeyrings(...keyrings: readonly Keyring[]): Keyring {
  return keyringOf(keyrings.flatMap(({ keys }) => [...keys.values()]));
}

/** With the environment, URLs are asked with what the user keeps for their hosts; with a store, their keys serve offline later. */
export type KeyringPorts = Pick<Ports, "http"> & Partial<Pick<Ports, "store" | "env" | "log">>;

/**
 * The public keys in files, in folders (`*.pub`, `*.pem`, by name), at http(s) URLs, and in the sources themselves where one
 * is PEM text. A key's name is its file name; one given as text is named after its fingerprint, and found by that.
 * Keys of a URL are what its host serves now, or served last where the network is shut off: give files where that matters.
 * @throws ApkError KEY_MISSING, KEY_FORMAT, REPOSITORY_OFFLINE · CoreError HTTP_…
 */
export async function loadKeyring(ports: KeyringPorts, sources: readonly string[]): Promise<Keyring> {
  const loaded = await Promise.all(sources.map((source) => loadSource(ports, source)));
  return keyringOf(loaded.flat());
}

async function loadSource(ports: KeyringPorts, source: string): Promise<PublicKey[]> {
  if (isPem(source)) return [inlineKey(source)];
  if (/^https?:\/\//i.test(source)) return [await fetchKey(ports, source)];
  const path = /^file:\/\//i.test(source) ? fileURLToPath(source) : source;
  const found = await stat(path).catch((cause: unknown) => {
    throw keyMissing(`cannot read key ${path}: ${reasonOf(cause)}`, path, cause);
  });
  if (found.isDirectory()) return loadFolder(path);
  return [{ ...parsePublicKey(basename(path), await readKeyFile(path)), source }];
}

const isPem = (text: string): boolean => /^\s*-----BEGIN /.test(text);

function inlineKey(pem: string): PublicKey {
  const { key } = parsePublicKey("given as text", pem);
  const fingerprint = hash("sha256", key.export({ type: "spki", format: "der" }));
  return { name: `inline-${fingerprint.slice(0, 16)}.${key.asymmetricKeyType ?? ""}.pub`, pem, key };
}

/** Folders of apk have `….rsa.pub`, those of OpenWrt `….pem`, where a private key may stand as well. */
async function loadFolder(folder: string): Promise<PublicKey[]> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.(pub|pem)$/.test(entry.name))
    .map((entry) => entry.name)
    .sort(compareBytes);
  const files = await Promise.all(names.map(async (name) => ({ name, pem: await readKeyFile(join(folder, name)) })));
  const keys = files.filter(({ name, pem }) => name.endsWith(".pub") || pem.includes("PUBLIC KEY-----"));
  if (keys.length === 0) throw keyMissing(`there is no public key (*.pub, *.pem) in the folder ${folder}`, folder);
  return keys.map(({ name, pem }) => ({ ...parsePublicKey(name, pem), source: join(folder, name) }));
}

/** While there is a network the store's copy is not looked at: what lies in a restored cache must not become trust. */
async function fetchKey(ports: KeyringPorts, source: string): Promise<PublicKey> {
  const address = URL.parse(source);
  if (address === null)
    throw new ApkError("KEY_MISSING", "the URL of a key cannot be read", { hint: "check its spelling" });
  const { env = {}, log = silentLogger } = ports;
  const url = `${address.origin}${address.pathname}`;
  const { bytes } = await fetchRemembered(ports, {
    url,
    credentials: new Credentials(address, await loadCredentials({ env, log }, [source])),
    what: `key ${url}`,
    limitBytes: maxKeyBytes,
    missing: () => noKeyAt(url),
    offline: () => keyNotInStore(url),
  });
  return { ...parsePublicKey(nameIn(address), bytes.toString("utf8")), source: url };
}

function noKeyAt(url: string): ApkError {
  return new ApkError("KEY_MISSING", `there is no key at ${url}`, {
    kind: "remote",
    hint: "check the URL of the key",
    context: { url },
  });
}

function keyNotInStore(url: string): ApkError {
  return new ApkError("REPOSITORY_OFFLINE", `the key ${url} is not in the store, and --offline is given`, {
    hint: "run the command once without --offline, with the same --cache-dir, or give the key as a file",
    context: { url },
  });
}

function nameIn({ pathname }: URL): string {
  const name = basename(pathname);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function keyMissing(message: string, path: string, cause?: unknown): ApkError {
  return new ApkError("KEY_MISSING", message, { cause, hint: "check the path of the key", context: { path } });
}
