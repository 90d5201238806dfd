import type { PackageConfig } from "@apkmill/config";
import { toApkArch, toOciArch } from "@apkmill/apk";

/** The variables that every step of a package may use. Source: the table in reference melange §1.8. */

/** The workspace inside the sandbox. */
export const workspaceDir = "/home/build";
const outDir = `${workspaceDir}/melange-out`;

/** The variables of the main package's steps, for one architecture in any spelling. */
export function packageVariables(
  config: PackageConfig,
  arch: string,
  libcFlavor: string,
): Readonly<Record<string, string>> {
  const main = config.package.name;
  const packages = [main, ...config.subpackages.map(({ name }) => name)];
  return {
    ...config.variables,
    "package.srcdir": workspaceDir,
    "targets.outdir": outDir,
    "targets.destdir": `${outDir}/${main}`,
    "targets.contextdir": `${outDir}/${main}`,
    "context.name": main,
    ...Object.fromEntries(packages.map((name) => [`targets.package.${name}`, `${outDir}/${name}`])),
    ...tripletVariables(arch, libcFlavor),
    "build.arch": toApkArch(arch),
    "build.goarch": toOciArch(arch),
    ...optionVariables(config),
  };
}

/** What differs in the steps of a subpackage. */
export function subpackageVariables(name: string): Readonly<Record<string, string>> {
  const dir = `${outDir}/${name}`;
  return { "targets.contextdir": dir, "targets.subpkgdir": dir, "subpkg.name": name, "context.name": name };
}

function optionVariables(config: PackageConfig): Readonly<Record<string, string>> {
  const names = new Set([...Object.keys(config.options), ...config.enabledOptions]);
  return Object.fromEntries(
    [...names].map((name) => [`options.${name}.enabled`, String(config.enabledOptions.includes(name))]),
  );
}

function tripletVariables(arch: string, flavor: string): Readonly<Record<string, string>> {
  const triplet = triplets[toOciArch(arch)];
  if (triplet === undefined) return {};
  return {
    "host.triplet.gnu": triplet.gnu(flavor),
    "host.triplet.rust": triplet.rust(flavor),
    "cross.triplet.gnu.glibc": triplet.gnu("gnu"),
    "cross.triplet.gnu.musl": triplet.gnu("musl"),
    "cross.triplet.rust.glibc": triplet.rust("gnu"),
    "cross.triplet.rust.musl": triplet.rust("musl"),
  };
}

interface Triplet {
  readonly gnu: (flavor: string) => string;
  readonly rust: (flavor: string) => string;
}

/** By OCI name. Each tool chain has its own idea of the vendor, and 32-bit ARM its own of the ABI. */
const triplets: Readonly<Record<string, Triplet>> = {
  "386": tripletOf("i486-pc-linux-", "i686-unknown-linux-"),
  amd64: tripletOf("x86_64-pc-linux-", "x86_64-unknown-linux-"),
  arm64: tripletOf("aarch64-unknown-linux-", "aarch64-unknown-linux-"),
  "arm/v6": tripletOf("arm-unknown-linux-", "armv6-unknown-linux-", "eabihf"),
  "arm/v7": tripletOf("armv7l-unknown-linux-", "armv7-unknown-linux-", "eabihf"),
  loong64: tripletOf("loongarch64-unknown-linux-", "loongarch64-unknown-linux-"),
  ppc64le: tripletOf("powerpc64le-unknown-linux-", "powerpc64le-unknown-linux-"),
  riscv64: tripletOf("riscv64-unknown-linux-", "riscv64gc-unknown-linux-"),
  s390x: tripletOf("s390x-ibm-linux-", "s390x-unknown-linux-"),
};

function tripletOf(gnu: string, rust: string, abi = ""): Triplet {
  return { gnu: (flavor) => `${gnu}${flavor}${abi}`, rust: (flavor) => `${rust}${flavor}${abi}` };
}
