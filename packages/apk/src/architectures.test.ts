import assert from "node:assert/strict";
import { test } from "node:test";
import { allArchs, toApkArch, toOciArch, toPlatform } from "./architectures.ts";

const rows: readonly (readonly [given: string, apk: string, oci: string, architecture: string, variant?: string])[] = [
  ["386", "x86", "386", "386"],
  ["x86", "x86", "386", "386"],
  ["amd64", "x86_64", "amd64", "amd64"],
  ["x86_64", "x86_64", "amd64", "amd64"],
  ["arm64", "aarch64", "arm64", "arm64"],
  ["aarch64", "aarch64", "arm64", "arm64"],
  ["arm/v6", "armhf", "arm/v6", "arm", "v6"],
  ["armhf", "armhf", "arm/v6", "arm", "v6"],
  ["arm/v7", "armv7", "arm/v7", "arm", "v7"],
  ["armv7", "armv7", "arm/v7", "arm", "v7"],
  ["loong64", "loongarch64", "loong64", "loong64"],
  ["loongarch64", "loongarch64", "loong64", "loong64"],
  ["ppc64le", "ppc64le", "ppc64le", "ppc64le"],
  ["riscv64", "riscv64", "riscv64", "riscv64"],
  ["s390x", "s390x", "s390x", "s390x"],
];

test("every spelling leads to apk's name, OCI's name and the platform", () => {
  for (const [given, apk, oci, architecture, variant] of rows) {
    assert.equal(toApkArch(given), apk);
    assert.equal(toOciArch(given), oci);
    assert.deepEqual(toPlatform(given), { architecture, os: "linux", ...(variant === undefined ? {} : { variant }) });
  }
});

test("the canonical list has apko's nine in its order", () => {
  assert.deepEqual(allArchs, ["386", "amd64", "arm64", "arm/v6", "arm/v7", "loong64", "ppc64le", "riscv64", "s390x"]);
  for (const arch of allArchs) assert.equal(toOciArch(arch), arch);
});

test("an unknown name is refused with the known ones", () => {
  assert.throws(
    () => toApkArch("sparc"),
    (error: Error & { hint?: string }) => {
      assert.match(error.hint ?? "", /amd64, arm64/);
      return true;
    },
  );
  assert.throws(() => toPlatform("host"), { code: "ARCH_UNKNOWN" });
});
