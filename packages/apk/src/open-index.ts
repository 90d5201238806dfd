import { digestOf, type Digest, type Limits } from "@apkmill/core";
import { isAdb } from "./adb/wrapper.ts";
import { readIndex, requireIndexSigner } from "./index-file.ts";
import type { Keyring } from "./keys.ts";
import type { IndexRecord } from "./package-info.ts";
import { requireSigner } from "./signature.ts";
import { openTextIndex, openTextIndexHead, streamIndexText } from "./text-index.ts";

/**
 * An index whose signature can be judged before anything else of it is unpacked: what a resolver needs of one that it has seen
 * before is then in the store, and unpacking and reading the text again would take most of the time.
 */
export interface OpenIndex {
  /** Of the whole file. */
  readonly digest: Digest;
  readonly packageSpec: string | undefined;
  /** The name of the key that signed it. @throws ApkError INDEX_UNSIGNED, INDEX_UNKNOWN_SIGNER, INDEX_BAD_SIGNATURE */
  readonly requireSigner: (keyring: Keyring) => string;
  /** A v2 index gives its text, a v3 index its records. */
  readonly content: TextContent | { readonly format: "v3"; readonly records: readonly IndexRecord[] };
}

interface TextContent {
  readonly format: "v2";
  /** How much its gzip trailer says is in it: a bound of the length of its text, if it is true. */
  readonly statedBytes: number;
  /** Hands the text over while it is unpacked. @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED · what `take` throws */
  readonly streamText: (take: (piece: Buffer) => void) => Promise<void>;
  /** The text at once. @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED */
  readonly readText: () => Buffer;
}

/** `what` names the index in messages. @throws ApkError INDEX_FORMAT · CoreError LIMIT_EXCEEDED */
export function openIndex(bytes: Buffer, limits: Limits, what: string): OpenIndex {
  const digest = digestOf(bytes);
  const index = isAdb(bytes) ? readIndex(bytes, { limits, what }) : undefined;
  if (index?.format === "v3") {
    return {
      digest,
      packageSpec: index.packageSpec,
      requireSigner: (keyring) => requireIndexSigner(index, keyring, what),
      content: { format: "v3", records: index.records },
    };
  }
  const { signatures, signed } = openTextIndexHead(bytes, limits, what);
  return {
    digest,
    packageSpec: undefined,
    requireSigner: (keyring) => requireSigner(signatures, signed, keyring, { kind: "INDEX", what }),
    content: {
      format: "v2",
      statedBytes: Math.min(limits.indexBytes, signed.length < 4 ? 0 : signed.readUInt32LE(signed.length - 4)),
      streamText: (take) => streamIndexText(signed, limits, what, take),
      readText: () => openTextIndex(bytes, limits, what).text,
    },
  };
}
