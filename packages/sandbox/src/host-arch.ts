const archOfNode: Readonly<Record<string, string>> = {
  arm: "armv7",
  arm64: "aarch64",
  ia32: "x86",
  loong64: "loongarch64",
  ppc64: "ppc64le",
  riscv64: "riscv64",
  s390x: "s390x",
  x64: "x86_64",
};

/** apk's name of the architecture of the machine that we run on, `x86_64`. */
export function hostArch(): string {
  return archOfNode[process.arch] ?? process.arch;
}
