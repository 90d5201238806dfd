import { crc32, constants, deflateRawSync } from "node:zlib";
import { encodeTarHeader, tarEnd } from "@apkmill/archive";
import type { SigningKey } from "../keys.ts";
import { extensionItem, patched, paxRecord, plainItem, shapePackage, signatureMember, tarItem } from "./raw-package.ts";
import { testEntry } from "./packages.ts";

/** Small files that ask for a lot. */
export interface Bomb {
  readonly name: string;
  readonly kind: "package" | "index";
  readonly bytes: () => Buffer;
  readonly outcome: string;
}

const MiB = 2 ** 20;

/** The gzip member of `lead` and then `times` times `block`, made without ever holding what it unpacks to. */
function packedRepeat(lead: Buffer, block: Buffer, times: number): Buffer {
  const flushed = { level: 9, finishFlush: constants.Z_FULL_FLUSH };
  const packedLead = deflateRawSync(lead, flushed);
  const packedBlock = deflateRawSync(block, flushed);
  const trailer = Buffer.alloc(8);
  // No reader comes to the sum of what is large.
  if (times <= 1) trailer.writeUInt32LE(times === 0 ? crc32(lead) : crc32(block, crc32(lead)), 0);
  trailer.writeUInt32LE((lead.length + times * block.length) % 2 ** 32, 4);
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const lastBlock = Buffer.from([3, 0]);
  const blocks = Array.from({ length: times }, () => packedBlock);
  return Buffer.concat([header, packedLead, ...blocks, lastBlock, trailer]);
}

const zeros = Buffer.alloc(MiB);
const none = Buffer.alloc(0);

/** A header that says it is followed by `sizeBytes` of content. */
function announcing(path: string, sizeBytes: number): Buffer {
  return encodeTarHeader(testEntry({ path, sizeBytes, pax: new Map([["APK-TOOLS.checksum.SHA1", "0".repeat(40)]]) }));
}

/** Headers of `count` empty folders, each with a name of its own. */
function folders(count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, at) =>
      tarItem({ path: `folder-${String(at).padStart(40, "0")}`, type: "directory" }),
    ),
  );
}

/** Folders that each carry an attribute of 60 KB. */
function attributes(count: number): Buffer {
  const records = extensionItem("x", paxRecord("SCHILY.xattr.user.x", "v".repeat(60_000)));
  return Buffer.concat(
    Array.from({ length: count }, (_, at) =>
      Buffer.concat([records, tarItem({ path: `d${String(at)}`, type: "directory" })]),
    ),
  );
}

function signedIndex(key: SigningKey, content: Buffer): Buffer {
  return Buffer.concat([signatureMember(key, content), content]);
}

const indexOf = (sizeBytes: number): Buffer => {
  const size = `${sizeBytes.toString(8).padStart(11, "0")}\0`;
  return patched(plainItem("APKINDEX", ""), { 124: size });
};

/** Rows whose readers are given a process of their own, to see how much memory they take. */
export function bombs(key: SigningKey): readonly Bomb[] {
  const inData = (name: string, outcome: string, data: () => Buffer): Bomb => {
    return { name, outcome, kind: "package", bytes: () => shapePackage(key, { data: data() }) };
  };
  const inIndex = (name: string, outcome: string, content: () => Buffer): Bomb => {
    return { name, outcome, kind: "index", bytes: () => signedIndex(key, content()) };
  };
  return [
    inData("data of 20 GiB of zeros", "LIMIT_EXCEEDED", () => packedRepeat(none, zeros, 20 * 1024)),
    inData("a file of 6 GiB of zeros", "LIMIT_EXCEEDED", () =>
      packedRepeat(announcing("f", 6 * 2 ** 30), zeros, 6 * 1024),
    ),
    inData("a file that says 8 GiB and has nothing", "APK_FORMAT", () =>
      packedRepeat(announcing("f", 8 * 2 ** 30 - 1), none, 0),
    ),
    inData("125,000 folders", "LIMIT_EXCEEDED", () => packedRepeat(folders(125_000), tarEnd, 1)),
    inData("1 GB of attributes", "LIMIT_EXCEEDED", () => packedRepeat(attributes(1000), tarEnd, 1)),
    {
      name: "a control section of 4 GiB of zeros",
      outcome: "LIMIT_EXCEEDED",
      kind: "package",
      bytes: () =>
        Buffer.concat([packedRepeat(plainItem(".PKGINFO", "pkgname = x\n"), zeros, 4096), Buffer.alloc(100)]),
    },
    {
      name: "a signature section of 4 GiB of zeros",
      outcome: "LIMIT_EXCEEDED",
      kind: "package",
      bytes: () => packedRepeat(plainItem(".SIGN.RSA.x", ""), zeros, 4096),
    },
    {
      name: "a control section that never gives anything",
      outcome: "LIMIT_EXCEEDED",
      kind: "package",
      bytes: () => packedRepeat(none, none, 12 * MiB),
    },
    inIndex("an index of 1 GiB of zeros", "LIMIT_EXCEEDED", () => packedRepeat(none, zeros, 1024)),
    inIndex("an index of 10 GiB of zeros", "LIMIT_EXCEEDED", () => packedRepeat(none, zeros, 10 * 1024)),
    inIndex("an index whose text is one line of 7 GiB", "LIMIT_EXCEEDED", () =>
      packedRepeat(indexOf(7 * 2 ** 30), Buffer.alloc(MiB, "T"), 7 * 1024),
    ),
    inIndex("an index of two million records", "LIMIT_EXCEEDED", () =>
      packedRepeat(indexOf(15 * MiB), Buffer.alloc(15 * MiB, "P:a\nV:1\n\n"), 1),
    ),
    inIndex("an index of 7 million dependencies", "LIMIT_EXCEEDED", () =>
      packedRepeat(
        Buffer.concat([indexOf(15 * MiB)]),
        Buffer.from(`P:a\nV:1\nD:${"a ".repeat((15 * MiB - 10) / 2)}`),
        1,
      ),
    ),
  ];
}
