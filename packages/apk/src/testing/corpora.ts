import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { splitGzipMembers } from "@apkmill/archive";
import { readFile } from "node:fs/promises";
import { createTarScanner } from "@apkmill/archive";
import { keyringOf, parsePublicKey } from "../keyring.ts";
import type { Keyring } from "../keys.ts";

/** The folder of real data, beside the repository unless APKMILL_CORPORA says otherwise. */
export const corpora = process.env["APKMILL_CORPORA"] ?? join(import.meta.dirname, "../../../../../shared/corpora");

/** The reason to skip a test that reads these folders of the corpora, or false. */
export function lacking(...folders: readonly string[]): string | false {
  const missing = folders.filter((folder) => !existsSync(join(corpora, folder)));
  return missing.length === 0 ? false : `needs corpora/${missing.join(", corpora/")}`;
}

/** The package files of a folder of the corpora, sorted. */
export function packagesIn(folder: string): string[] {
  return readdirSync(join(corpora, folder))
    .filter((name) => name.endsWith(".apk"))
    .sort()
    .map((name) => join(corpora, folder, name));
}

/** The public keys that an `alpine-keys` package carries. */
export async function alpineKeys(folder: string): Promise<Keyring> {
  const path = packagesIn(folder).find((candidate) => candidate.includes("/alpine-keys-"));
  const data = splitGzipMembers(await readFile(path ?? ""))[2]?.content ?? Buffer.alloc(0);
  const files = new Map<string, string>();
  let name = "";
  const scanner = createTarScanner({
    onEntry: ({ path: entryPath }) => {
      name = entryPath.slice(entryPath.lastIndexOf("/") + 1);
    },
    onContent: (chunk) => files.set(name, (files.get(name) ?? "") + chunk.toString("latin1")),
    onEnd: () => undefined,
  });
  scanner.push(data);
  return keyringOf(
    [...files].filter(([key]) => key.endsWith(".pub")).map(([key, pem]) => parsePublicKey(key, firstPem(pem))),
  );
}

/** The package holds most keys twice, under etc and usr/share. */
function firstPem(text: string): string {
  return text.slice(0, text.indexOf("-----END PUBLIC KEY-----") + 25);
}
