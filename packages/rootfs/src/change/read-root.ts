import { gunzip, readTar } from "@apkmill/archive";
import { scriptNames, type ScriptName } from "@apkmill/apk";
import type { Limits } from "@apkmill/core";
import type { AccountFiles } from "../plan.ts";
import { readInstalled } from "../read-installed.ts";
import type { ScriptsForm } from "../scripts-tar.ts";
import type { InstalledRoot } from "./change.ts";
import type { RootReader } from "./root-reader.ts";

/** Where a root says whom it trusts, and where its packages come from. */
export interface RootSettings {
  /** Files of repositories, in the order in which apk reads them, for `parseRepositoriesFile`. */
  readonly repositories: readonly { readonly file: string; readonly text: string }[];
  readonly keys: readonly { readonly name: string; readonly pem: string }[];
}

/**
 * The database and the settings of a root (reference apk-formats A7, A8, A9).
 * @throws RootfsError ROOTFS_BAD_DATABASE; CoreError LIMIT_EXCEEDED; ArchiveError for the archive of scripts
 */
export async function readRoot(reader: RootReader, databaseFolder: string, limits: Limits): Promise<InstalledRoot> {
  const text = (path: string): string | undefined => reader.read(path, limits.configBytes)?.toString("utf8");
  const installed = reader.read(`${databaseFolder}/installed`, limits.indexBytes) ?? Buffer.alloc(0);
  const packages = readInstalled(installed.toString("utf8"), { limits }).map((one) => ({
    ...one,
    checksum: spellIdentity(one.checksum),
  }));
  return {
    packages,
    ...(await readScripts(reader, databaseFolder, limits)),
    triggers: readTriggers(text(`${databaseFolder}/triggers`) ?? ""),
    databaseFolder,
    world: words(text("etc/apk/world") ?? ""),
    archs: words(text("etc/apk/arch") ?? ""),
    protectedPaths: linesOfFiles(reader, "etc/apk/protected_paths.d", limits),
    accounts: accountsOf(text("etc/passwd"), text("etc/group")),
  };
}

/** What `etc/apk` and `lib/apk` say; of files of one name the first counts. @throws CoreError LIMIT_EXCEEDED */
export function readSettings(reader: RootReader, limits: Limits): RootSettings {
  const text = (path: string): string => reader.read(path, limits.configBytes)?.toString("utf8") ?? "";
  const lists = firstOfName(reader, ["etc/apk/repositories.d", "lib/apk/repositories.d"], ".list");
  const keys = firstOfName(reader, ["etc/apk/keys", "lib/apk/keys"], "").map((path) => ({
    name: path.slice(path.lastIndexOf("/") + 1),
    pem: text(path),
  }));
  return {
    repositories: ["etc/apk/repositories", ...lists].map((file) => ({ file, text: text(file) })),
    keys: keys.filter(({ pem }) => pem !== ""),
  };
}

function firstOfName(reader: RootReader, folders: readonly string[], ending: string): string[] {
  const paths = folders.flatMap((folder) => reader.names(folder).map((name) => `${folder}/${name}`));
  const found = new Map<string, string>();
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!name.startsWith(".") && name.endsWith(ending) && !found.has(name)) found.set(name, path);
  }
  return [...found.values()];
}

/** One spelling of an identity, so that two files of a database agree: `Q1` and base64. */
function spellIdentity(text: string): string {
  const encoding = text.startsWith("Q1") ? "base64" : text.startsWith("X1") ? "hex" : undefined;
  const bytes = encoding === undefined ? Buffer.alloc(0) : Buffer.from(text.slice(2), encoding);
  return bytes.length === 20 ? `Q1${bytes.toString("base64")}` : text;
}

/**
 * A root that has neither archive begins with apk 3's. One that apk 2 changed after apk 3 has both, each with a part of the
 * scripts: both are read, and apk 2's is gone on with.
 */
async function readScripts(
  reader: RootReader,
  folder: string,
  limits: Limits,
): Promise<{ readonly scriptsForm: ScriptsForm; readonly scripts: InstalledRoot["scripts"] }> {
  const plain = reader.read(`${folder}/scripts.tar`, limits.indexBytes);
  const packed = reader.read(`${folder}/scripts.tar.gz`, limits.indexBytes);
  const scripts = new Map<string, ReadonlyMap<ScriptName, Uint8Array>>();
  if (packed !== undefined && packed.length > 0) {
    const tar = gunzip(once(packed), { what: "scripts.tar.gz", limitBytes: limits.indexBytes });
    for (const [identity, bodies] of await parseScripts(tar, limits)) scripts.set(identity, bodies);
  }
  if (plain === undefined) return { scriptsForm: "scripts.tar.gz", scripts };
  for (const [identity, bodies] of await parseScripts(once(plain), limits)) scripts.set(identity, bodies);
  return { scriptsForm: "scripts.tar", scripts };
}

async function parseScripts(tar: AsyncIterable<Uint8Array>, limits: Limits): Promise<InstalledRoot["scripts"]> {
  const scripts = new Map<string, Map<ScriptName, Uint8Array>>();
  for await (const { entry, content } of readTar(tar, limits, { what: "the archive of scripts" })) {
    // Identities in base64 may hold a slash, but no dot.
    const [, identity = "", type = ""] = /\.([^.]+)\.([^.]+)$/.exec(entry.path) ?? [];
    const name = scriptNames.find((each) => each === type);
    if (name === undefined) continue;
    const spelled = spellIdentity(identity);
    const known = scripts.get(spelled) ?? new Map<ScriptName, Uint8Array>();
    scripts.set(spelled, known.set(name, Buffer.concat(await Array.fromAsync(content))));
  }
  return scripts;
}

function readTriggers(text: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const [identity = "", ...globs] = words(line);
      return identity === "" ? [] : [[spellIdentity(identity), globs] as const];
    }),
  );
}

function linesOfFiles(reader: RootReader, folder: string, limits: Limits): string[] {
  const files = reader.names(folder).filter((name) => name.endsWith(".list"));
  return files.flatMap((name) =>
    (reader.read(`${folder}/${name}`, limits.configBytes)?.toString("utf8") ?? "").split("\n"),
  );
}

function accountsOf(passwd: string | undefined, group: string | undefined): AccountFiles {
  return { ...(passwd === undefined ? {} : { passwd }), ...(group === undefined ? {} : { group }) };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of one chunk
async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}
