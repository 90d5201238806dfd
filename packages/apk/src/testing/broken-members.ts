import { tarEnd } from "@apkmill/archive";
import type { SigningKey } from "../keys.ts";
import type { BrokenRow } from "./broken-row.ts";
import {
  extensionItem,
  member,
  patched,
  plainItem,
  plainTar,
  shapePackage,
  tarItem,
  type PackageShape,
} from "./raw-package.ts";

/** Packages whose members, signature or control section are not what they must be. */

const empty = Buffer.alloc(0);
const emptyMember = member(empty);

/** `bytes` with the four bytes at `fromEnd` before its end turned over: the CRC is at 8, the length at 4. */
function withTrailer(bytes: Buffer, fromEnd: 8 | 4): Buffer {
  const changed = Buffer.from(bytes);
  for (let offset = 0; offset < 4; offset += 1)
    changed[bytes.length - fromEnd + offset] = ~(bytes[bytes.length - fromEnd + offset] ?? 0);
  return changed;
}

function withByte(bytes: Buffer, offset: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[offset] = value;
  return changed;
}

const data = member(Buffer.concat([plainTar, tarEnd]));

const members: readonly (readonly [name: string, outcome: string, shape: PackageShape])[] = [
  ["an empty file", "APK_FORMAT", { join: () => [] }],
  ["one byte", "APK_FORMAT", { join: () => [Buffer.from([0x1f])] }],
  ["text", "APK_FORMAT", { join: () => [Buffer.from("<html>404</html>")] }],
  ["zeros", "APK_FORMAT", { join: () => [Buffer.alloc(5000)] }],
  ["only a signature", "APK_FORMAT", { join: ({ signature }) => [signature] }],
  ["only a control section", "APK_UNSIGNED", { join: ({ control }) => [control] }],
  ["only a data section", "APK_FORMAT", { join: (of) => [of.data] }],
  ["no signature", "APK_UNSIGNED", { join: (of) => [of.control, of.data] }],
  ["no control section", "APK_FORMAT", { join: (of) => [of.signature, of.data] }],
  ["no data section", "APK_DATA_HASH", { join: (of) => [of.signature, of.control] }],
  ["control before signature", "APK_UNSIGNED", { join: (of) => [of.control, of.signature, of.data] }],
  ["data before control", "APK_FORMAT", { join: (of) => [of.signature, of.data, of.control] }],
  ["two signature members", "APK_FORMAT", { join: (of) => [of.signature, of.signature, of.control, of.data] }],
  ["two control members", "APK_DATA_HASH", { join: (of) => [of.signature, of.control, of.control, of.data] }],
  ["two data members", "APK_DATA_HASH", { join: (of) => [of.signature, of.control, of.data, of.data] }],
  ["two data members under one datahash", "APK_FORMAT", { data: Buffer.concat([data, data]) }],
  [
    "an empty member before the signature",
    "APK_FORMAT",
    { join: (of) => [emptyMember, of.signature, of.control, of.data] },
  ],
  [
    "an empty member before the control section",
    "APK_FORMAT",
    { join: (of) => [of.signature, emptyMember, of.control, of.data] },
  ],
  [
    "an empty member after the data",
    "APK_DATA_HASH",
    { join: (of) => [of.signature, of.control, of.data, emptyMember] },
  ],
  [
    "two packages in one file",
    "APK_DATA_HASH",
    { join: (of) => [of.signature, of.control, of.data, of.signature, of.control, of.data] },
  ],
  ["zeros behind the data", "APK_DATA_HASH", { join: (of) => [of.signature, of.control, of.data, Buffer.alloc(512)] }],
  [
    "garbage behind the data",
    "APK_DATA_HASH",
    { join: (of) => [of.signature, of.control, of.data, Buffer.from("garbage")] },
  ],
  ["garbage behind the data under its datahash", "APK_FORMAT", { data: Buffer.concat([data, Buffer.from("garbage")]) }],
  [
    "garbage before the signature",
    "APK_FORMAT",
    { join: (of) => [Buffer.from("x"), of.signature, of.control, of.data] },
  ],
  ["data with a wrong CRC", "APK_FORMAT", { data: withTrailer(data, 8) }],
  ["data with a wrong length", "APK_FORMAT", { data: withTrailer(data, 4) }],
  ["data cut in its trailer", "APK_FORMAT", { data: data.subarray(0, -3) }],
  ["data that is no gzip", "APK_FORMAT", { data: plainTar }],
  ["data of no bytes", "APK_FORMAT", { data: empty }],
  ["data with reserved gzip flags", "APK_FORMAT", { data: withByte(data, 3, 0xe0) }],
  ["data with another compression method", "APK_FORMAT", { data: withByte(data, 2, 7) }],
  [
    "data with a gzip header that does not end",
    "APK_FORMAT",
    { data: Buffer.concat([withByte(data.subarray(0, 10), 3, 8), Buffer.alloc(100_000, 1)]) },
  ],
  ["control with a wrong CRC", "APK_FORMAT", { join: (of) => [of.signature, withTrailer(of.control, 8), of.data] }],
  ["control with a wrong length", "APK_FORMAT", { join: (of) => [of.signature, withTrailer(of.control, 4), of.data] }],
  ["signature with a wrong CRC", "APK_FORMAT", { join: (of) => [withTrailer(of.signature, 8), of.control, of.data] }],
  [
    "control over its limit",
    "LIMIT_EXCEEDED",
    { control: (tar) => Buffer.concat([tar, plainItem(".big", Buffer.alloc(11 << 20))]) },
  ],
  [
    "signature over its limit",
    "LIMIT_EXCEEDED",
    { signature: (tar) => Buffer.concat([tar, plainItem(".SIGN.RSA256.big", Buffer.alloc(11 << 20))]) },
  ],
];

const control: readonly (readonly [name: string, outcome: string, change: (tar: Buffer) => Buffer])[] = [
  ["with end blocks", "APK_FORMAT", (tar) => Buffer.concat([tar, tarEnd])],
  ["of no bytes", "APK_FORMAT", () => empty],
  ["of nothing but end blocks", "APK_FORMAT", () => tarEnd],
  ["without .PKGINFO", "APK_FORMAT", () => plainItem(".post-install", "#!/bin/sh\n", 0o755)],
  ["with an empty .PKGINFO", "APK_CONTROL", () => plainItem(".PKGINFO", "")],
  ["with two .PKGINFO", "APK_FORMAT", (tar) => Buffer.concat([tar, tar])],
  [
    "with two scripts of one kind",
    "APK_FORMAT",
    (tar) => Buffer.concat([tar, plainItem(".trigger", "1"), plainItem(".trigger", "2")]),
  ],
  [
    "with a script over 256 KiB",
    "LIMIT_EXCEEDED",
    (tar) => Buffer.concat([tar, plainItem(".trigger", Buffer.alloc(300_000, 65))]),
  ],
  ["with the v1 format's .INSTALL", "APK_FORMAT", (tar) => Buffer.concat([tar, plainItem(".INSTALL", "")])],
  ["with a signature in it", "APK_FORMAT", (tar) => Buffer.concat([tar, plainItem(".SIGN.RSA.x", "")])],
  ["with a file that is no dot file", "APK_FORMAT", (tar) => Buffer.concat([tar, plainItem("usr", "")])],
  ["with a dot folder", "APK_FORMAT", (tar) => Buffer.concat([tar, tarItem({ path: ".d", type: "directory" })])],
  ["with a file in a dot folder", "APK_FORMAT", (tar) => Buffer.concat([tar, plainItem(".d/x", "")])],
  ["with a way out", "APK_FORMAT", (tar) => Buffer.concat([tar, plainItem("../x", "")])],
  [
    ".PKGINFO that is a symlink",
    "APK_FORMAT",
    () => tarItem({ path: ".PKGINFO", type: "symlink", linkPath: "/etc/passwd" }),
  ],
  [
    ".PKGINFO that is a hard link",
    "APK_FORMAT",
    () => tarItem({ path: ".PKGINFO", type: "hardlink", linkPath: "/etc/passwd" }),
  ],
  [".PKGINFO that is a fifo", "APK_FORMAT", () => tarItem({ path: ".PKGINFO", type: "fifo" })],
  ["with a huge PAX header", "LIMIT_EXCEEDED", (tar) => Buffer.concat([extensionItem("x", "", 2 ** 30), tar])],
  [
    "with a negative size",
    "APK_FORMAT",
    (tar) => Buffer.concat([tar, patched(plainItem(".x", ""), { 124: "\xff".repeat(12) })]),
  ],
];

const hash = /datahash = .*\n/;
const info: readonly (readonly [name: string, outcome: string, change: (text: string) => string | Buffer])[] = [
  ["without a datahash", "APK_FORMAT", (text) => text.replace(hash, "")],
  ["with another datahash", "APK_DATA_HASH", (text) => text.replace(hash, `datahash = ${"0".repeat(64)}\n`)],
  ["with a short datahash", "APK_CONTROL", (text) => text.replace(hash, "datahash = 00\n")],
  ["with an upper-case datahash", "APK_CONTROL", (text) => text.replace(hash, `datahash = ${"A".repeat(64)}\n`)],
  ["with two datahashes", "APK_CONTROL", (text) => text + `datahash = ${"0".repeat(64)}\n`],
  ["with two names", "APK_CONTROL", (text) => text + "pkgname = other\n"],
  ["without a name", "APK_CONTROL", (text) => text.replace("pkgname = hello\n", "")],
  ["without a version", "APK_CONTROL", (text) => text.replace("pkgver = 1.0-r0\n", "")],
  ["with a way out in its name", "APK_CONTROL", (text) => text.replace("= hello", "= ../hello")],
  ["with a slash in its version", "APK_CONTROL", (text) => text.replace("1.0-r0", "1/0")],
  ["with a NUL in its name", "APK_CONTROL", (text) => text.replace("= hello", "= hel\0lo")],
  [
    "with a name that is not UTF-8",
    "APK_CONTROL",
    (text) => Buffer.from(text.replace("= hello", "= hel\xfflo"), "latin1"),
  ],
  ["with a name of 200 characters", "APK_CONTROL", (text) => text.replace("= hello", `= ${"h".repeat(200)}`)],
  ["with a way out in its architecture", "APK_CONTROL", (text) => text.replace("x86_64", "../x86_64")],
  ["with a size below zero", "APK_CONTROL", (text) => text.replace("size = 6", "size = -6")],
  ["with a size beyond 2^53", "APK_CONTROL", (text) => text.replace("size = 6", "size = 9007199254740993")],
  ["with a size that is no number", "APK_CONTROL", (text) => text.replace("size = 6", "size = six")],
  [
    "with a million dependencies on lines of their own",
    "LIMIT_EXCEEDED",
    (text) => text + "depend = a\n".repeat(900_000),
  ],
  [
    "with five million dependencies on one line",
    "LIMIT_EXCEEDED",
    (text) => `${text}depend = ${"aa ".repeat(3_300_000)}\n`,
  ],
  ["with a line of 9 MB", "LIMIT_EXCEEDED", (text) => `${text}pkgdesc = ${" ".repeat(9_000_000)}x\n`],
];

const signatures: readonly (readonly [name: string, outcome: string, change: (tar: Buffer) => Buffer])[] = [
  ["with end blocks", "APK_FORMAT", (tar) => Buffer.concat([tar, tarEnd])],
  ["twice in one member", "accepted", (tar) => Buffer.concat([tar, tar])],
  ["with a file that is none", "APK_FORMAT", (tar) => Buffer.concat([tar, plainItem(".PKGINFO", "pkgname = x\n")])],
  [
    "that is a symlink",
    "APK_FORMAT",
    () => tarItem({ path: ".SIGN.RSA256.test.rsa.pub", type: "symlink", linkPath: "x" }),
  ],
  ["of no bytes", "APK_BAD_SIGNATURE", () => plainItem(".SIGN.RSA256.test.rsa.pub", "")],
  ["of one byte", "APK_BAD_SIGNATURE", () => plainItem(".SIGN.RSA256.test.rsa.pub", "x")],
  ["of zeros", "APK_BAD_SIGNATURE", () => plainItem(".SIGN.RSA256.test.rsa.pub", Buffer.alloc(256))],
  ["of 70,000 bytes", "APK_UNSIGNED", () => plainItem(".SIGN.RSA256.test.rsa.pub", Buffer.alloc(70_000))],
  ["by an unknown key", "APK_UNKNOWN_SIGNER", () => plainItem(".SIGN.RSA256.other.rsa.pub", Buffer.alloc(256))],
  ["with an unknown algorithm", "APK_UNSIGNED", () => plainItem(".SIGN.MD5.test.rsa.pub", Buffer.alloc(256))],
  [
    "under a weaker algorithm's name",
    "APK_BAD_SIGNATURE",
    (tar) => Buffer.concat([patched(tar.subarray(0, 512), { 0: ".SIGN.RSA.test.rsa.pub\0\0\0\0" }), tar.subarray(512)]),
  ],
  [
    "bad, with a good one behind it",
    "APK_BAD_SIGNATURE",
    (tar) => Buffer.concat([plainItem(".SIGN.RSA256.test.rsa.pub", Buffer.alloc(256)), tar]),
  ],
  [
    "unknown, with a good one behind it",
    "accepted",
    (tar) => Buffer.concat([plainItem(".SIGN.RSA256.other.rsa.pub", Buffer.alloc(256)), tar]),
  ],
  [
    "10,000 unknown ones",
    "APK_UNKNOWN_SIGNER",
    () => Buffer.concat(Array.from({ length: 10_000 }, () => plainItem(".SIGN.RSA256.other.rsa.pub", "x"))),
  ],
  ["with a way out in its name", "APK_FORMAT", () => plainItem(".SIGN.RSA256.../../test.rsa.pub", "x")],
];

/** Rows over members, signature and control section. */
export function brokenMembers(key: SigningKey): BrokenRow[] {
  const row = (name: string, outcome: string, shape: PackageShape): BrokenRow => ({
    name,
    outcome,
    bytes: () => shapePackage(key, shape),
  });
  return [
    ...members.map(([name, outcome, shape]) => row(`members: ${name}`, outcome, shape)),
    ...control.map(([name, outcome, change]) => row(`control ${name}`, outcome, { control: change })),
    ...info.map(([name, outcome, change]) => row(`.PKGINFO ${name}`, outcome, { info: change })),
    ...signatures.map(([name, outcome, change]) => row(`signature ${name}`, outcome, { signature: change })),
  ];
}
