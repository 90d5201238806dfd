import { tarEnd } from "@apkmill/archive";
import type { SigningKey } from "../keys.ts";
import type { BrokenRow } from "./broken-row.ts";
import { extensionItem, member, patched, paxRecord, plainItem, shapePackage, tarItem } from "./raw-package.ts";

/** Data sections that no installer may take, in packages that are genuine otherwise. */

const usr = tarItem({ path: "usr", type: "directory" });
const file = (path: string, content = "x"): Buffer => tarItem({ path }, content);
const link = (path: string, linkPath: string, type: "symlink" | "hardlink" = "hardlink"): Buffer =>
  tarItem({ path, type, linkPath });
const many = (count: number, item: (position: number) => Buffer): Buffer[] =>
  Array.from({ length: count }, (_, position) => item(position));

const unsafePaths = [
  ["a parent folder", "../x"],
  ["only a parent folder", ".."],
  ["an absolute path", "/etc/passwd"],
  ["a way out and back in", "usr/../../etc/passwd"],
  ["a parent folder at the end", "usr/.."],
  ["a dot component", "usr/./x"],
  ["a leading dot component", "./usr/x"],
  ["an empty component", "usr//x"],
  ["a line break", "usr/a\nF:etc"],
  ["a carriage return", "usr/a\rb"],
  ["an escape sequence", "usr/\u001b[2J"],
  ["a delete character", "usr/a\u007f"],
] as const;

const paths: readonly (readonly [name: string, outcome: string, ...items: Buffer[]])[] = [
  ...unsafePaths.map(([name, path]) => [`path: ${name}`, "APK_UNSAFE_PATH", usr, file(path)] as const),
  ...unsafePaths.map(([name, path]) => [`hard link to ${name}`, "APK_UNSAFE_PATH", usr, link("usr/l", path)] as const),
  [
    "path: a NUL in a PAX record",
    "APK_FORMAT",
    extensionItem("x", paxRecord("path", "a\0b")),
    tarItem({ path: "x", pax: new Map() }),
  ],
  [
    "path: what follows a NUL is no part of a long name",
    "accepted",
    extensionItem("L", "d\0/../x"),
    tarItem({ path: "x", type: "directory" }),
  ],
  ["path: a backslash is a character like any other", "accepted", usr, file("usr\\..\\x")],
  ["path: two dots inside a name", "accepted", usr, file("usr/a..b"), file("usr/..."), file("usr/..c")],
  ["path: not UTF-8", "APK_FORMAT", patched(tarItem({ path: "x", pax: new Map() }), { 0: "\xff\xfe" })],
  ["path: an overlong UTF-8 slash", "APK_FORMAT", patched(tarItem({ path: "x", pax: new Map() }), { 0: "a\xc0\xaf" })],
  ["path: half a surrogate pair", "APK_FORMAT", patched(tarItem({ path: "x", pax: new Map() }), { 0: "\xed\xa0\x80" })],
  ["path: empty", "APK_FORMAT", extensionItem("x", paxRecord("path", "")), tarItem({ path: "x", pax: new Map() })],
  ["path: over PATH_MAX", "LIMIT_EXCEEDED", file("p".repeat(4097))],
  ["path: over PATH_MAX in bytes", "LIMIT_EXCEEDED", file("é".repeat(2049))],
  ["path: 2,000 folders deep, without any of them", "APK_FORMAT", file("d/".repeat(2000) + "x")],
  [
    "path: 2,000 folders deep",
    "accepted",
    ...many(2000, (depth) => tarItem({ path: "d/".repeat(depth) + "d", type: "directory" })),
  ],
];

const links: readonly (readonly [name: string, outcome: string, ...items: Buffer[]])[] = [
  ["symlink to a folder outside, then a file through it", "APK_FORMAT", link("a", "/etc", "symlink"), file("a/passwd")],
  ["symlink in place of a folder", "APK_FORMAT", usr, link("usr", "/etc", "symlink"), file("usr/passwd")],
  [
    "folder in place of a symlink",
    "APK_FORMAT",
    link("a", "/etc", "symlink"),
    tarItem({ path: "a", type: "directory" }),
  ],
  ["file in place of a symlink", "APK_FORMAT", link("a", "/etc/passwd", "symlink"), file("a")],
  ["symlink whose target leaves the root", "accepted", link("a", "../../../../etc/passwd", "symlink")],
  ["symlink to itself", "accepted", link("a", "a", "symlink")],
  ["symlink without a target", "APK_FORMAT", patched(link("a", "b", "symlink"), { 157: "\0" })],
  ["symlink whose target is over PATH_MAX", "LIMIT_EXCEEDED", link("a", "t".repeat(4097), "symlink")],
  ["hard link to a later entry", "APK_FORMAT", link("b", "a"), file("a")],
  ["hard link to nothing", "APK_FORMAT", link("b", "a")],
  ["hard link to itself", "APK_FORMAT", link("b", "b")],
  ["hard link to a folder", "APK_FORMAT", usr, link("b", "usr")],
  ["hard link to a symlink", "APK_FORMAT", link("a", "/etc/passwd", "symlink"), link("b", "a")],
  [
    "hard link to a device",
    "APK_FORMAT",
    tarItem({ path: "a", type: "block", device: { major: 8, minor: 0 } }),
    link("b", "a"),
  ],
  ["hard link to what is not installed", "APK_FORMAT", file(".hidden"), link("b", ".hidden")],
  [
    "hard link through a symlinked folder",
    "APK_FORMAT",
    usr,
    file("usr/f"),
    link("lib", "usr", "symlink"),
    link("b", "lib/f"),
  ],
  [
    "chain of 1,000 hard links",
    "accepted",
    file("l0"),
    ...many(1000, (at) => link(`l${String(at + 1)}`, `l${String(at)}`)),
  ],
  ["file twice", "APK_FORMAT", file("a", "one"), file("a", "two")],
  ["file twice, once with a slash", "APK_FORMAT", usr, file("usr/a"), tarItem({ path: "usr/a", type: "directory" })],
  ["folder twice", "accepted", usr, usr],
  ["file before its folder", "APK_FORMAT", file("usr/a"), usr],
  ["file below a file", "APK_FORMAT", file("usr"), file("usr/a")],
];

const bare = (path = "x"): Buffer => tarItem({ path, pax: new Map() });
const pax = (...records: readonly string[]): Buffer => extensionItem("x", records.join(""));

const headers: readonly (readonly [name: string, outcome: string, ...items: Buffer[]])[] = [
  ["file without a checksum", "APK_FORMAT", bare()],
  ["file with another checksum", "APK_FILE_HASH", pax(paxRecord("APK-TOOLS.checksum.SHA1", "0".repeat(40))), bare()],
  ["checksum that is none", "APK_FILE_HASH", pax(paxRecord("APK-TOOLS.checksum.SHA1", "zz")), bare()],
  [
    "symlink with another checksum",
    "APK_FILE_HASH",
    pax(paxRecord("APK-TOOLS.checksum.SHA1", "0".repeat(40))),
    patched(bare(), { 156: "2", 157: "t" }),
  ],
  ["negative octal size", "APK_FORMAT", patched(bare(), { 124: "-0000000001" })],
  ["size of all sevens", "APK_FORMAT", patched(bare(), { 124: "77777777777" })],
  ["size with a letter", "APK_FORMAT", patched(bare(), { 124: "0000000000x" })],
  ["size in base-256", "APK_FORMAT", patched(bare(), { 124: "\x80\0\0\0\0\0\0\0\0\0\0\x01" })],
  ["negative size in base-256", "APK_FORMAT", patched(bare(), { 124: "\xff".repeat(12) })],
  ["owner in base-256", "APK_FORMAT", patched(bare(), { 108: "\x80\0\0\0\0\0\0\x01" })],
  ["size in PAX beyond 2^53", "APK_FORMAT", pax(paxRecord("size", "9007199254740993")), bare()],
  ["size in PAX below zero", "APK_FORMAT", pax(paxRecord("size", "-1")), bare()],
  ["size in PAX that is none", "APK_FORMAT", pax(paxRecord("size", "1e3")), bare()],
  ["size in PAX other than in the header", "APK_FORMAT", pax(paxRecord("size", "1")), bare()],
  ["owner in PAX other than in the header", "APK_FORMAT", pax(paxRecord("uid", "1")), bare()],
  ["PAX record with a length beyond its header", "APK_FORMAT", pax("99 path=x\n"), bare()],
  ["PAX record with a length of 0", "APK_FORMAT", pax("0 path=x\n"), bare()],
  ["PAX record with a length of many digits", "APK_FORMAT", pax(`${"9".repeat(400)} path=x\n`), bare()],
  ["PAX record without an equals sign", "APK_FORMAT", pax("7 path\n"), bare()],
  ["PAX record without a key", "APK_FORMAT", pax("5 =x\n"), bare()],
  ["PAX record without its line break", "APK_FORMAT", pax("9 path=xy"), bare()],
  ["PAX header of 1 GiB declared", "LIMIT_EXCEEDED", extensionItem("x", "", 2 ** 30), bare()],
  ["PAX header of 2 MiB", "LIMIT_EXCEEDED", pax(paxRecord("comment", "c".repeat(2 << 20))), bare()],
  [
    "64 PAX headers of 1 MB",
    "LIMIT_EXCEEDED",
    ...many(64, (at) =>
      Buffer.concat([
        pax(paxRecord("user", "c".repeat(1_000_000))),
        tarItem({ path: `d${String(at)}`, type: "directory" }),
      ]),
    ),
  ],
  ["two PAX headers for one entry", "APK_FORMAT", pax(paxRecord("path", "a")), pax(paxRecord("path", "b")), bare()],
  [
    "PAX header and GNU long name for one entry",
    "APK_FORMAT",
    extensionItem("L", "a\0"),
    pax(paxRecord("path", "b")),
    bare(),
  ],
  ["PAX header at the end", "APK_FORMAT", pax(paxRecord("path", "a"))],
  ["GNU long link", "APK_FORMAT", extensionItem("K", "target\0"), patched(bare(), { 156: "2" })],
  ["GNU long name of 2 MiB", "LIMIT_EXCEEDED", extensionItem("L", "n".repeat(2 << 20)), bare()],
  ["GNU sparse file", "APK_FORMAT", patched(bare(), { 156: "S" })],
  ["sparse file in PAX", "APK_FORMAT", pax(paxRecord("GNU.sparse.major", "1")), bare()],
  ["GNU multi-volume entry", "APK_FORMAT", patched(bare(), { 156: "M" })],
  ["GNU volume label", "APK_FORMAT", patched(bare(), { 156: "V" })],
  ["vendor's type", "APK_FORMAT", patched(bare(), { 156: "Z" })],
  ["type above 0x7f", "APK_FORMAT", patched(bare(), { 156: "\xff" })],
  ["global PAX header", "accepted", extensionItem("g", paxRecord("comment", "c")), file("x")],
  ["header without a magic", "APK_FORMAT", patched(bare(), { 257: "\0".repeat(8) })],
  ["GNU header with data in the prefix", "APK_FORMAT", patched(bare(), { 257: "ustar  \0", 345: "1" })],
  ["folder with a size", "APK_FORMAT", patched(tarItem({ path: "d", type: "directory" }), { 124: "00000000001" })],
  ["file with a slash at its end", "APK_FORMAT", patched(bare(), { 0: "x/" })],
  ["time below zero in PAX", "APK_FORMAT", pax(paxRecord("mtime", "-1")), bare()],
  ["owner name that is not UTF-8", "APK_FORMAT", patched(bare(), { 265: "\xff\xff" })],
];

const wrongSum = (): Buffer => {
  const item = Buffer.from(file("x"));
  item[512 + 512 + 148] = 0x37;
  return item;
};

const endings: readonly (readonly [name: string, outcome: string, data: Buffer])[] = [
  ["without end blocks", "accepted", file("a")],
  ["with one end block", "accepted", Buffer.concat([file("a"), tarEnd.subarray(512)])],
  ["with an entry behind the end", "APK_FORMAT", Buffer.concat([file("a"), tarEnd, file("b")])],
  [
    "with an entry behind one end block",
    "APK_FORMAT",
    Buffer.concat([file("a"), tarEnd.subarray(512), file("b"), tarEnd]),
  ],
  ["with text behind the end", "APK_FORMAT", Buffer.concat([file("a"), tarEnd, Buffer.from("text")])],
  ["with half a block at the end", "APK_FORMAT", Buffer.concat([file("a"), Buffer.alloc(100, 1)])],
  ["with a wrong header checksum", "APK_FORMAT", Buffer.concat([wrongSum(), tarEnd])],
  ["cut inside a header", "APK_FORMAT", file("a").subarray(0, 300)],
  ["cut inside a content", "APK_FORMAT", file("a", "x".repeat(2000)).subarray(0, 3 * 512 + 700)],
  ["cut inside the padding", "APK_FORMAT", file("a").subarray(0, 3 * 512 + 100)],
  ["that is no tar", "APK_FORMAT", Buffer.from("<html>not found</html>".repeat(40))],
  ["whose only entry is a control file, which is not installed", "accepted", plainItem(".PKGINFO", "pkgname = x\n")],
  ["that is empty", "accepted", Buffer.alloc(0)],
];

/** Rows over the data section. */
export function brokenData(key: SigningKey): BrokenRow[] {
  return [
    ...[...paths, ...links, ...headers].map(([name, outcome, ...items]) => ({
      name,
      outcome,
      bytes: () => shapePackage(key, { tar: Buffer.concat(items) }),
    })),
    ...endings.map(([name, outcome, tar]) => ({
      name: `data ${name}`,
      outcome,
      bytes: () => shapePackage(key, { data: member(tar) }),
    })),
  ];
}
