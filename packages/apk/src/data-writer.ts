import { hash } from "node:crypto";
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from "@apkmill/archive";
import { ApkError } from "./apk-error.ts";
import { checksumRecord } from "./entry-collector.ts";
import { hashContent, type EntryContent } from "./entry-content.ts";
import { createPayloadRules } from "./payload-rules.ts";

/** One thing to put into a package. For a regular file `sizeBytes` must be the length of its content. */
export interface PackageItem {
  readonly entry: TarEntry;
  /** Not asked for where the entry is no regular file. */
  readonly content?: EntryContent | undefined;
}

export interface DataTarOptions {
  /** Names the package in messages. */
  readonly what: string;
  /** A name that may be used for a file while the tar is written. */
  readonly spoolPath: string;
}

/**
 * The uncompressed data section: every file and symbolic link with its SHA-1 in a PAX record before it, end blocks last.
 * @throws ApkError APK_FORMAT, APK_UNSAFE_PATH for entries that apk would drop or read differently; APK_SIZE
 */
export async function* encodeDataTar(
  items: AsyncIterable<PackageItem> | Iterable<PackageItem>,
  { what, spoolPath }: DataTarOptions,
): AsyncGenerator<Uint8Array> {
  const rules = createPayloadRules(what);
  for await (const { entry, content } of items) {
    rules.require(entry);
    requireReadable(entry, what);
    if (entry.type === "file") yield* encodeFile(entry, content ?? Buffer.alloc(0), spoolPath);
    else if (entry.type === "symlink") yield encodeTarHeader(withChecksum(entry, hash("sha1", entry.linkPath)));
    else yield encodeTarHeader(entry);
  }
  yield tarEnd;
}

async function* encodeFile(entry: TarEntry, content: EntryContent, spoolPath: string): AsyncGenerator<Uint8Array> {
  const hashed = await hashContent(entry, content, spoolPath);
  try {
    yield encodeTarHeader(withChecksum(entry, hashed.sha1));
    yield* hashed.read();
    yield tarPadding(entry.sizeBytes);
  } finally {
    await hashed.dispose();
  }
}

function withChecksum(entry: TarEntry, sha1: string): TarEntry {
  return { ...entry, pax: new Map([...entry.pax, [checksumRecord, sha1]]) };
}

const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;

/** apk reads these from the plain header only, where they must fit. */
function requireReadable(entry: TarEntry, what: string): void {
  const fits =
    entry.uid <= maxOctal7 &&
    entry.gid <= maxOctal7 &&
    entry.sizeBytes <= maxOctal11 &&
    entry.mtime >= 0 &&
    entry.mtime <= maxOctal11 &&
    /^[ -~]{0,32}$/.test(entry.uname) &&
    /^[ -~]{0,32}$/.test(entry.gname);
  if (fits) return;
  throw new ApkError(
    "APK_FORMAT",
    `${what}: ${entry.path} has an owner, size or time that apk cannot read from a tar`,
    {
      hint: "keep owners below 2097152, sizes below 8 GiB and times after 1970",
      context: { package: what },
    },
  );
}
