import { ApkError } from "./apk-error.ts";

/** Where an image runs, as OCI writes it. */
export interface ArchPlatform {
  readonly architecture: string;
  readonly os: "linux";
  readonly variant?: string;
}

interface Arch {
  /** Go's and OCI's name, with the variant where there is one; the canonical one. */
  readonly oci: string;
  /** apk's name: the folder of a repository, `arch` in `.PKGINFO`. */
  readonly apk: string;
  /** The platform's architecture, which Debian, QEMU and Go may spell in yet another way. */
  readonly aliases: readonly string[];
}

const archs: readonly Arch[] = [
  { oci: "386", apk: "x86", aliases: ["i386", "i686"] },
  { oci: "amd64", apk: "x86_64", aliases: ["x64"] },
  { oci: "arm64", apk: "aarch64", aliases: ["arm64/v8"] },
  { oci: "arm/v6", apk: "armhf", aliases: ["armv6"] },
  { oci: "arm/v7", apk: "armv7", aliases: ["arm/7"] },
  { oci: "loong64", apk: "loongarch64", aliases: [] },
  { oci: "ppc64le", apk: "ppc64le", aliases: [] },
  { oci: "riscv64", apk: "riscv64", aliases: [] },
  { oci: "s390x", apk: "s390x", aliases: [] },
];

/** The canonical names in apko's order, which is what `all` stands for. */
export const allArchs: readonly string[] = archs.map((arch) => arch.oci);

/** apk's name of an architecture given in any spelling: `arm64` → `aarch64`. @throws ApkError ARCH_UNKNOWN */
export function toApkArch(name: string): string {
  return findArch(name).apk;
}

/** OCI's name with its variant: `armv7` → `arm/v7`, `x86_64` → `amd64`. @throws ApkError ARCH_UNKNOWN */
export function toOciArch(name: string): string {
  return findArch(name).oci;
}

/** The platform of an image: `armv7` → `{architecture: "arm", os: "linux", variant: "v7"}`. @throws ApkError ARCH_UNKNOWN */
export function toPlatform(name: string): ArchPlatform {
  const [architecture = "", variant] = findArch(name).oci.split("/");
  return { architecture, os: "linux", ...(variant === undefined ? {} : { variant }) };
}

function findArch(name: string): Arch {
  const wanted = name.trim().toLowerCase();
  const found = archs.find((arch) => arch.oci === wanted || arch.apk === wanted || arch.aliases.includes(wanted));
  if (found !== undefined) return found;
  throw new ApkError("ARCH_UNKNOWN", `unknown architecture ${JSON.stringify(name)}`, {
    hint: `use one of ${allArchs.join(", ")}`,
  });
}
