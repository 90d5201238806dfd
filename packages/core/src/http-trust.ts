import { X509Certificate } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { getCACertificates } from "node:tls";
import { CoreError } from "./core-error.ts";
import { reasonOf } from "./files.ts";
import { readFileWithin } from "./read-file.ts";

/** Bundles of all public authorities have 200 KiB. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * The authorities whose certificates are trusted, as PEM; undefined for Node's own choice (with what NODE_EXTRA_CA_CERTS added when
 * the process began). SSL_CERT_FILE and SSL_CERT_DIR take its place, as with OpenSSL and Go; `caFiles` are added to either.
 * @throws CoreError HTTP_CA, CANCELLED
 */
export async function loadAuthorities(
  env: Readonly<Record<string, string | undefined>>,
  caFiles: readonly string[],
): Promise<string[] | undefined> {
  const { SSL_CERT_FILE: file = "", SSL_CERT_DIR: folders = "" } = env;
  const replaced = file !== "" || folders !== "";
  if (!replaced && caFiles.length === 0) return undefined;
  const found = await Promise.all([
    ...(file === "" ? [] : [readFile(file, "SSL_CERT_FILE")]),
    ...folders.split(delimiter).flatMap((folder) => (folder === "" ? [] : [readFolder(folder)])),
    ...caFiles.map((path) => readFile(path, "--ca-file")),
  ]);
  return [...(replaced ? [] : getCACertificates("default")), ...found.flat()];
}

async function readFile(path: string, name: string): Promise<string[]> {
  const found = await certificatesOf(path, name);
  if (found.length > 0) return found;
  throw new CoreError("HTTP_CA", `${name}: there is no certificate in ${path}`, {
    hint: "give a file with -----BEGIN CERTIFICATE----- in it",
    context: { path },
  });
}

/** Every file of the folder, as Go reads it; OpenSSL asks for names that are hashes, which are links to the same files. */
async function readFolder(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (cause) {
    throw unreadable(folder, "SSL_CERT_DIR", cause);
  }
  const files = names
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  const found = await Promise.all(files.map((path) => certificatesOf(path, "SSL_CERT_DIR")));
  return [...new Set(found.flat())];
}

async function certificatesOf(path: string, name: string): Promise<string[]> {
  const text = await read(path, name);
  const blocks =
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  return blocks.map((pem) => {
    try {
      return new X509Certificate(pem).toString();
    } catch (cause) {
      throw unreadable(path, name, cause);
    }
  });
}

async function read(path: string, name: string): Promise<string> {
  try {
    return (await readFileWithin(path, maxFileBytes)).toString("latin1");
  } catch (error) {
    if (!(error instanceof CoreError) || error.code === "CANCELLED") throw error;
    throw unreadable(path, name, error.code === "FILE_UNREADABLE" ? error.cause : error);
  }
}

function unreadable(path: string, name: string, cause: unknown): CoreError {
  return new CoreError("HTTP_CA", `${name}: cannot read certificates from ${path}: ${reasonOf(cause)}`, {
    cause,
    hint: "check the path, or leave it out",
    context: { path },
  });
}
