import { allArchs, ApkError, toApkArch, toOciArch } from "@apkmill/apk";

/** OCI names of the architectures that a configuration may name, in apko's order. */
export const archNames = allArchs;

/** OCI's and apk's names, and the one that YAML takes for a number. */
export const archSpellings = [...new Set(allArchs.flatMap((arch) => [arch, toApkArch(arch)])), 386];

/** OCI's name of an architecture in any spelling; undefined for what is none. */
export function parseArch(name: string): string | undefined {
  try {
    return toOciArch(name);
  } catch (error) {
    if (error instanceof ApkError && error.code === "ARCH_UNKNOWN") return undefined;
    throw error;
  }
}
