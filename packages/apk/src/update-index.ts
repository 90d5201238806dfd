import { defaultLimits, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { indexEntryOf, joinIndexEntries, rewriteArch, splitIndexText, type IndexEntry } from "./index-entries.ts";
import { isSameIdentity } from "./identity.ts";
import { keyringOf, mergeKeyrings, publicKeyOf } from "./keyring.ts";
import type { Keyring, SigningKey } from "./keys.ts";
import type { IndexRecord } from "./package-info.ts";
import { hasSigner, requireSigner } from "./signature.ts";
import { encodeTextIndex, openTextIndex, type TextIndexFile } from "./text-index.ts";

export interface UpdateIndexOptions {
  readonly limits?: Limits;
  /** The index to begin with, and how messages name it. */
  readonly existing?: { readonly bytes: Buffer; readonly what: string } | undefined;
  readonly added: readonly IndexRecord[];
  /** Let a package take the place of another one of its name and version; otherwise that is refused. */
  readonly replace?: boolean;
  /** Which of the existing records stay, by name and version; all, where it is not given. */
  readonly isKept?: (name: string, version: string) => boolean;
  /** apk's name of the architecture that every record gets. */
  readonly arch?: string | undefined;
  /** Default: that of the existing index. */
  readonly description?: string | undefined;
  readonly keys?: readonly SigningKey[];
  /** When given, the existing index must be signed by one of these keys or by one that signs now. */
  readonly keyring?: Keyring | undefined;
}

export interface UpdatedIndex {
  readonly bytes: Buffer;
  readonly packages: number;
  /** `name-version` of what is new, of what took another's place, and of what is gone. */
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
  /** Names of the keys that had signed the existing index. */
  readonly signersBefore: readonly string[];
}

/**
 * An index with packages added, replaced or removed. The records of all other packages keep their bytes, and cost no more
 * than finding where each begins. Same records and keys, same bytes, whichever came first.
 * @throws ApkError INDEX_FORMAT, INDEX_CONFLICT, INDEX_BAD_SIGNATURE, INDEX_UNSIGNED, INDEX_UNKNOWN_SIGNER, KEY_FORMAT
 *   · CoreError LIMIT_EXCEEDED
 */
export async function updateIndex(options: UpdateIndexOptions): Promise<UpdatedIndex> {
  const { limits = defaultLimits, existing, added, isKept = () => true, arch, keys = [] } = options;
  const before = existing === undefined ? undefined : openTextIndex(existing.bytes, limits, existing.what);
  if (before !== undefined && existing !== undefined) requireTrusted(before, existing.what, options);
  const listed = before === undefined ? [] : splitIndexText(before.text, existing?.what ?? "", limits);
  const kept = listed.filter(({ name, version }) => isKept(name, version));
  const merged = mergeEntries(kept, added.map(indexEntryOf), options.replace ?? false);
  const entries = arch === undefined ? merged.entries : merged.entries.map((entry) => rewriteArch(entry, arch));
  const description = options.description ?? before?.description ?? "";
  return {
    bytes: await encodeTextIndex(joinIndexEntries(entries), { description, keys }),
    packages: entries.length,
    added: merged.added,
    replaced: merged.replaced,
    removed: listed.filter(({ name, version }) => !isKept(name, version)).map(labelOf),
    signersBefore: before?.signatures.map(({ keyName }) => keyName) ?? [],
  };
}

/**
 * Who signs an index anew vouches for all of it. So what a key at hand claims to have signed must be what it signed;
 * with a keyring some known key must have signed.
 */
function requireTrusted(index: TextIndexFile, what: string, { keyring, keys = [] }: UpdateIndexOptions): void {
  const own = keyringOf(keys.map(publicKeyOf));
  const known = keyring === undefined ? own : mergeKeyrings(own, keyring);
  if (keyring === undefined && !hasSigner(index.signatures, index.signed, own)) return;
  requireSigner(index.signatures, index.signed, known, { kind: "INDEX", what });
}

interface MergedEntries {
  readonly entries: readonly IndexEntry[];
  readonly added: string[];
  readonly replaced: string[];
}

/** A record that says the same of the same package stays as it was written. */
function mergeEntries(listed: readonly IndexEntry[], given: readonly IndexEntry[], replace: boolean): MergedEntries {
  const byKey = new Map<string, IndexEntry>();
  for (const entry of given) byKey.set(keyOf(entry), entry);
  const entries: IndexEntry[] = [];
  const replaced: string[] = [];
  for (const entry of listed) {
    const other = byKey.get(keyOf(entry));
    if (other === undefined) {
      entries.push(entry);
      continue;
    }
    if (isSameIdentity(entry.checksum, other.checksum)) {
      if (entry.size === other.size && entry.arch === other.arch) byKey.set(keyOf(entry), entry);
    } else if (replace) replaced.push(labelOf(entry));
    else throw conflict(entry, other);
  }
  const before = new Set(listed.map(keyOf));
  const added = [...byKey.values()].filter((entry) => !before.has(keyOf(entry))).map(labelOf);
  return { entries: [...entries, ...byKey.values()], added, replaced };
}

/** Names and versions have no space in them, while both may have a hyphen. */
function keyOf({ name, version }: IndexEntry): string {
  return `${name} ${version}`;
}

function labelOf({ name, version }: IndexEntry): string {
  return `${name}-${version}`;
}

function conflict(listed: IndexEntry, given: IndexEntry): ApkError {
  const label = labelOf(listed);
  return new ApkError(
    "INDEX_CONFLICT",
    `package ${label} is not the one that the index lists: expected identity ${listed.checksum}, found ${given.checksum}`,
    {
      hint: "build it with a higher epoch, so that clients see a new version; or replace the record with --replace",
      context: { package: label },
    },
  );
}
