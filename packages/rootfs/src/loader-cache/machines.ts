import type { ElfHeader } from "@apkmill/archive";

/** A kind of processor in ELF files, and how glibc's cache tells its libraries apart. */
export interface Machine {
  readonly name: "386" | "x86_64" | "arm" | "aarch64" | "ppc" | "ppc64" | "s390" | "riscv" | "loongarch";
  /** `e_machine`. */
  readonly elf: number;
  /** The flags of a cache entry; undefined for a calling convention that glibc does not know. */
  flagsOf(header: ElfHeader): number | undefined;
}

/** A library for glibc 2; it says all there is to say where a machine has one calling convention. */
const plain = 0x0003;

/** Source: glibc, sysdeps/generic/ldconfig.h (the numbers) and readelflib.c of each machine (which one a file gets). */
export const machines: readonly Machine[] = [
  { name: "386", elf: 3, flagsOf: ({ wide }) => (wide ? undefined : plain) },
  { name: "x86_64", elf: 62, flagsOf: ({ wide }) => (wide ? 0x0300 : 0x0800) | plain },
  { name: "ppc", elf: 20, flagsOf: () => plain },
  { name: "ppc64", elf: 21, flagsOf: () => 0x0500 | plain },
  { name: "s390", elf: 22, flagsOf: ({ wide }) => (wide ? 0x0400 : 0) | plain },
  { name: "arm", elf: 40, flagsOf: armFlags },
  { name: "aarch64", elf: 183, flagsOf: ({ wide }) => (wide ? 0x0a00 | plain : undefined) },
  { name: "riscv", elf: 243, flagsOf: riscvFlags },
  { name: "loongarch", elf: 258, flagsOf: loongarchFlags },
];

/** A library that does not say how it passes floating point numbers suits both ways. */
function armFlags({ machineFlags }: ElfHeader): number {
  if ((machineFlags & 0x400) !== 0) return 0x0900 | plain;
  return (machineFlags & 0x200) !== 0 ? 0x0b00 | plain : plain;
}

function riscvFlags({ machineFlags }: ElfHeader): number | undefined {
  const floats = machineFlags & 0x6;
  return floats === 0x4 ? 0x1000 | plain : floats === 0 ? 0x0f00 | plain : undefined;
}

function loongarchFlags({ machineFlags }: ElfHeader): number | undefined {
  const floats = machineFlags & 0x7;
  return floats === 0x3 ? 0x1200 | plain : floats === 0x1 ? 0x1100 | plain : undefined;
}

/** What the loaders of one architecture's system take, and in which order of bytes they read the cache. */
export interface LoaderPlatform {
  readonly machines: readonly Machine["name"][];
  readonly little: boolean;
}

/** By apk's name. A 64-bit system runs programs of its 32-bit sibling, and one cache serves both. */
const platforms = new Map<string, LoaderPlatform>([
  ["x86_64", { machines: ["x86_64", "386"], little: true }],
  ["x86", { machines: ["x86_64", "386"], little: true }],
  ["aarch64", { machines: ["aarch64", "arm"], little: true }],
  ["armhf", { machines: ["arm"], little: true }],
  ["armv7", { machines: ["arm"], little: true }],
  ["ppc64le", { machines: ["ppc64"], little: true }],
  ["s390x", { machines: ["s390"], little: false }],
  ["riscv64", { machines: ["riscv"], little: true }],
  ["loongarch64", { machines: ["loongarch"], little: true }],
]);

/** The platform of an architecture (apk's name); undefined where glibc has none. */
export function loaderPlatform(arch: string): LoaderPlatform | undefined {
  return platforms.get(arch);
}
