import { createPublicKey, type KeyObject } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareBytes, reasonOf, redactUrl, requireStatus, type HttpClient } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import type { Keyring, PublicKey } from "./keys.ts";
import { readKeyFile } from "./signing-key.ts";

const maxKeyBytes = 64 * 1024;

/** A public key under the file name that signatures use. @throws ApkError KEY_FORMAT */
export function parsePublicKey(name: string, pem: string): PublicKey {
  let key: KeyObject | undefined;
  try {
    if (/-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem)) key = createPublicKey(pem);
  } catch {
    // Reported below, together with what is no public key at all.
  }
  if (key !== undefined) return { name, pem, key };
  throw new ApkError("KEY_FORMAT", `key ${name}: not a public key in PEM`, {
    hint: "give the public half (….rsa.pub), which begins with -----BEGIN PUBLIC KEY-----",
  });
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

/**
 * The public keys in files, in folders (`*.pub`, by name) and at http(s) URLs.
 * A key's name is its file name. Keys of a URL are what its host serves now: give files where that matters.
 * @throws ApkError KEY_MISSING, KEY_FORMAT · CoreError HTTP_…
 */
export async function loadKeyring(ports: { readonly http: HttpClient }, sources: readonly string[]): Promise<Keyring> {
  const loaded = await Promise.all(sources.map((source) => loadSource(ports.http, source)));
  return keyringOf(loaded.flat());
}

async function loadSource(http: HttpClient, source: string): Promise<PublicKey[]> {
  if (/^https?:\/\//i.test(source)) return [await fetchKey(http, source)];
  const path = source.startsWith("file://") ? fileURLToPath(source) : source;
  const found = await stat(path).catch((cause: unknown) => {
    throw new ApkError("KEY_MISSING", `cannot read key ${path}: ${reasonOf(cause)}`, {
      cause,
      hint: "check the path of the key",
      context: { path },
    });
  });
  if (found.isDirectory()) return loadFolder(path);
  return [parsePublicKey(basename(path), await readKeyFile(path))];
}

async function loadFolder(folder: string): Promise<PublicKey[]> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith(".pub") && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort(compareBytes);
  return Promise.all(names.map(async (name) => parsePublicKey(name, await readKeyFile(join(folder, name)))));
}

async function fetchKey(http: HttpClient, url: string): Promise<PublicKey> {
  const response = await requireStatus(await http.request(url), `key ${redactUrl(url)}`, 200);
  const pem = await response.bytes(maxKeyBytes);
  const name = decodeURIComponent(basename(new URL(url).pathname));
  return parsePublicKey(name, pem.toString("utf8"));
}
