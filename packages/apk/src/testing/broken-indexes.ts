import { tarEnd } from "@apkmill/archive";
import type { SigningKey } from "../keys.ts";
import type { BrokenRow } from "./broken-row.ts";
import {
  extensionItem,
  member,
  patched,
  plainIndexText,
  plainItem,
  shapeIndex,
  tarItem,
  type IndexShape,
} from "./raw-package.ts";

/** Indexes that are not what they must be, signed by a known key where they are signed. */

const empty = Buffer.alloc(0);

function withTrailer(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed.fill(0x55, changed.length - 8);
  return changed;
}

const files: readonly (readonly [name: string, outcome: string, shape: IndexShape])[] = [
  ["an empty file", "INDEX_FORMAT", { join: () => [] }],
  ["text", "INDEX_FORMAT", { join: () => [Buffer.from("<html>404</html>")] }],
  ["the text of an index, not packed", "INDEX_FORMAT", { join: () => [Buffer.from(plainIndexText)] }],
  ["only a signature", "INDEX_FORMAT", { join: ({ signature }) => [signature] }],
  ["no signature", "INDEX_UNSIGNED", { join: ({ content }) => [content] }],
  ["content before signature", "INDEX_FORMAT", { join: ({ signature, content }) => [content, signature] }],
  ["content twice", "INDEX_FORMAT", { join: ({ signature, content }) => [signature, content, content] }],
  ["two signatures", "INDEX_BAD_SIGNATURE", { join: ({ signature, content }) => [signature, signature, content] }],
  ["garbage behind it", "INDEX_FORMAT", { join: (of) => [of.signature, of.content, Buffer.from("garbage")] }],
  ["zeros behind it", "INDEX_FORMAT", { join: (of) => [of.signature, of.content, Buffer.alloc(512)] }],
  ["an empty member behind it", "INDEX_BAD_SIGNATURE", { join: (of) => [of.signature, of.content, member(empty)] }],
  ["a wrong CRC", "INDEX_FORMAT", { join: ({ signature, content }) => [signature, withTrailer(content)] }],
  ["content that is no tar", "INDEX_FORMAT", { tar: () => Buffer.from(plainIndexText) }],
  ["content of no bytes", "INDEX_FORMAT", { tar: () => empty }],
  ["no APKINDEX", "INDEX_FORMAT", { tar: () => Buffer.concat([plainItem("DESCRIPTION", ""), tarEnd]) }],
  ["two APKINDEX", "INDEX_FORMAT", { tar: (tar) => Buffer.concat([plainItem("APKINDEX", "P:x\nV:1\n"), tar]) }],
  ["another file in it", "accepted", { tar: (tar) => Buffer.concat([plainItem("extra", "x"), tar]) }],
  [
    "an APKINDEX that is a symlink",
    "INDEX_FORMAT",
    { tar: () => tarItem({ path: "APKINDEX", type: "symlink", linkPath: "/etc/passwd" }) },
  ],
  ["an APKINDEX that is a folder", "INDEX_FORMAT", { tar: () => tarItem({ path: "APKINDEX", type: "directory" }) }],
  ["entries behind the end", "INDEX_FORMAT", { tar: (tar) => Buffer.concat([tar, plainItem("x", ""), tarEnd]) }],
  ["a huge PAX header", "LIMIT_EXCEEDED", { tar: (tar) => Buffer.concat([extensionItem("x", "", 2 ** 30), tar]) }],
  [
    "a size in base-256",
    "INDEX_FORMAT",
    { tar: () => patched(plainItem("APKINDEX", ""), { 124: "\x80\0\0\0\0\0\0\0\0\0\0\x01" }) },
  ],
  ["a negative size", "INDEX_FORMAT", { tar: () => patched(plainItem("APKINDEX", ""), { 124: "\xff".repeat(12) }) }],
  [
    "a signature of zeros",
    "INDEX_BAD_SIGNATURE",
    { signature: () => plainItem(".SIGN.RSA256.test.rsa.pub", Buffer.alloc(256)) },
  ],
  [
    "a signature by an unknown key",
    "INDEX_UNKNOWN_SIGNER",
    { signature: () => plainItem(".SIGN.RSA256.other.rsa.pub", "x") },
  ],
  ["1,000 gzip members", "LIMIT_EXCEEDED", { join: () => Array.from({ length: 1000 }, () => member(empty)) }],
];

const texts: readonly (readonly [name: string, outcome: string, text: string | Buffer])[] = [
  ["empty", "accepted", ""],
  ["nothing but line breaks", "accepted", "\n".repeat(1000)],
  ["last record without an empty line", "accepted", plainIndexText.trimEnd()],
  ["a line without a letter", "INDEX_FORMAT", "hello\n"],
  ["a line of one character", "INDEX_FORMAT", "P\n"],
  ["a line without a colon", "INDEX_FORMAT", "P hello\nV:1\n"],
  ["a record without a name", "INDEX_FORMAT", "V:1\n\n"],
  ["a record without a version", "INDEX_FORMAT", "P:hello\n\n"],
  ["a size below zero", "INDEX_FORMAT", plainIndexText.replace("S:1000", "S:-1")],
  ["a size beyond 2^53", "INDEX_FORMAT", plainIndexText.replace("S:1000", "S:9007199254740993")],
  ["a size that is no number", "INDEX_FORMAT", plainIndexText.replace("S:1000", "S:1e3")],
  ["an unknown upper-case field", "accepted", plainIndexText.replace("T:", "X:")],
  ["an unknown lower-case field", "accepted", plainIndexText.replace("T:", "z:")],
  ["bytes that are not UTF-8", "accepted", Buffer.from(plainIndexText.replace("greets", "gr\xe9ets"), "latin1")],
  ["a NUL in a description", "accepted", plainIndexText.replace("greets", "gre\0ets")],
  ["a megabyte on one line", "accepted", plainIndexText.replace("greets", "g".repeat(1 << 20))],
  ["200,000 dependencies on one line", "accepted", plainIndexText.replace("D:musl", `D:${"musl ".repeat(200_000)}`)],
  ["200,000 lines of dependencies", "accepted", plainIndexText.replace("D:musl", "D:musl\n".repeat(200_000).trimEnd())],
  ["20,000 records of one name and version", "accepted", plainIndexText.repeat(20_000)],
];

/** Rows over an index file. */
export function brokenIndexes(key: SigningKey): BrokenRow[] {
  return [
    ...files.map(([name, outcome, shape]) => ({
      name: `index: ${name}`,
      outcome,
      bytes: () => shapeIndex(key, shape),
    })),
    ...texts.map(([name, outcome, text]) => ({
      name: `index text: ${name}`,
      outcome,
      bytes: () => shapeIndex(key, { text }),
    })),
  ];
}
