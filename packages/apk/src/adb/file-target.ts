import type { TarEntry } from "@apkmill/archive";
import type { AdbNode } from "./values.ts";

/** What a file is that is not a regular one of its own: its kind, and what it leads to. */
export type Target = Pick<TarEntry, "type" | "linkPath" | "device">;

const regular: Target = { type: "file", linkPath: "" };

/**
 * The `target` of a file object: two bytes of mode, which tell its kind, then the target of a symbolic link, the path that a
 * hard link is a second name of, or eight bytes of device number. Without one it is a regular file.
 * @throws ApkError APK_FORMAT
 */
export function readTarget(file: AdbNode, slot: number): Target {
  const bytes = file.blob(slot);
  if (bytes === undefined) return regular;
  if (bytes.length < 2) return file.refuse("the target of a file is too short");
  const rest = bytes.subarray(2);
  const kind = bytes.readUInt16LE(0) & 0o170000;
  switch (kind) {
    case 0o120000:
      return { type: "symlink", linkPath: linkText(file, rest) };
    case 0o100000:
      return { type: "hardlink", linkPath: linkText(file, rest) };
    case 0o020000:
      return { type: "character", linkPath: "", device: deviceNumbers(file, rest) };
    case 0o060000:
      return { type: "block", linkPath: "", device: deviceNumbers(file, rest) };
    case 0o010000:
      return { type: "fifo", linkPath: "" };
    default:
      return file.refuse(`files of kind ${kind.toString(8)} are not known`);
  }
}

function linkText(file: AdbNode, bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (text !== "" && !text.includes("\0") && Buffer.from(text).equals(bytes)) return text;
  return file.refuse("the target of a link is empty or no text");
}

/** Linux's 64-bit device number: major and minor are interleaved, so that the old 16 bits kept their place. */
function deviceNumbers(file: AdbNode, bytes: Buffer): { readonly major: number; readonly minor: number } {
  if (bytes.length !== 8) return file.refuse("a device has no number");
  const number = bytes.readBigUInt64LE(0);
  const part = (shift: bigint, mask: bigint): number => Number((number >> shift) & mask);
  const major = part(8n, 0xfffn) + part(44n, 0xfffffn) * 0x1000;
  const minor = part(0n, 0xffn) + part(20n, 0xffffffn) * 0x100;
  if (major > maxDeviceNumber || minor > maxDeviceNumber) return file.refuse("a device number is too large for a tar");
  return { major, minor };
}

/** Seven octal digits. */
const maxDeviceNumber = 0o7777777;
