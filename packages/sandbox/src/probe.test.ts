import assert from "node:assert/strict";
import { test } from "node:test";
import type { Host } from "./host.ts";
import { probeSandbox, requireUsable } from "./probe.ts";

interface Machine {
  readonly uid?: number;
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: Readonly<Record<string, { exitCode: number; output: string }>>;
}

const works = { exitCode: 0, output: "" };
const denied = { exitCode: 1, output: "bwrap: setting up uid map: Permission denied\n" };
const debian = { "/etc/os-release": "ID=debian\n", "/var/lib/apt/lists/main_Packages": "" };
const binfmt = "/proc/sys/fs/binfmt_misc";
const qemu = (flags: string): string =>
  [
    "enabled",
    "interpreter /usr/bin/qemu-aarch64-static",
    `flags: ${flags}`,
    "offset 0",
    "magic 7f454c460201010000000000000000000200b700",
    "mask ffffffffffffff00fffffffffffffffffeffffff",
  ].join("\n");

function machine({ uid = 1000, files = {}, programs = {} }: Machine): Host {
  return {
    uid,
    arch: "x86_64",
    readText: (path) => Promise.resolve(files[path]),
    list: (folder) =>
      Promise.resolve(
        Object.keys(files)
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1)),
      ),
    run: ([program = ""]) => Promise.resolve(programs[program] ?? { exitCode: undefined, output: "" }),
  };
}

interface Case {
  readonly name: string;
  readonly machine: Machine;
  readonly arch?: string;
  readonly code?: string;
  readonly says?: RegExp;
  readonly hints?: RegExp;
}

const cases: readonly Case[] = [
  { name: "a machine where bubblewrap works", machine: { programs: { bwrap: works } } },
  {
    name: "Debian without bubblewrap",
    machine: { files: debian },
    code: "SANDBOX_MISSING",
    hints: /^run as root: apt-get install -y --no-install-recommends bubblewrap$/,
  },
  {
    name: "a bare Debian without package lists",
    machine: { files: { "/etc/os-release": "ID=debian\n" } },
    code: "SANDBOX_MISSING",
    hints: /apt-get update && apt-get install .* bubblewrap/,
  },
  {
    name: "Rocky Linux without bubblewrap",
    machine: { files: { "/etc/os-release": 'ID="rocky"\nID_LIKE="rhel centos fedora"\n' } },
    code: "SANDBOX_MISSING",
    hints: /dnf install -y bubblewrap/,
  },
  {
    name: "an unknown distribution without bubblewrap",
    machine: {},
    code: "SANDBOX_MISSING",
    hints: /^install bubblewrap$/,
  },
  {
    name: "a Debian kernel that forbids user namespaces",
    machine: { programs: { bwrap: denied }, files: { "/proc/sys/kernel/unprivileged_userns_clone": "0\n" } },
    code: "SANDBOX_FORBIDDEN",
    says: /kernel\.unprivileged_userns_clone=0/,
    hints: /sysctl -w kernel\.unprivileged_userns_clone=1/,
  },
  {
    name: "a machine with no user namespaces left to give",
    machine: { programs: { bwrap: denied }, files: { "/proc/sys/user/max_user_namespaces": "0\n" } },
    code: "SANDBOX_FORBIDDEN",
    hints: /sysctl -w user\.max_user_namespaces=/,
  },
  {
    name: "Ubuntu 24.04 with AppArmor's tools",
    machine: {
      programs: { bwrap: denied, apparmor_parser: works },
      files: { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" },
    },
    code: "SANDBOX_FORBIDDEN",
    says: /kernel\.apparmor_restrict_unprivileged_userns=1/,
    hints: /profile apkmill-bwrap \/usr\/bin\/bwrap[^]*apparmor_parser -r|apparmor_parser -r[^]*profile apkmill-bwrap/,
  },
  {
    name: "Ubuntu 24.04 without AppArmor's tools",
    machine: {
      programs: { bwrap: denied },
      files: { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" },
    },
    code: "SANDBOX_FORBIDDEN",
    hints: /sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/,
  },
  {
    name: "root in a container without privileges",
    machine: { uid: 0, programs: { bwrap: denied }, files: { "/.dockerenv": "" } },
    code: "SANDBOX_FORBIDDEN",
    says: /this container forbids/,
    hints: /--privileged/,
  },
  {
    name: "a failure nobody has seen before",
    machine: { programs: { bwrap: denied } },
    code: "SANDBOX_FORBIDDEN",
    says: /setting up uid map: Permission denied/,
  },
  { name: "32-bit x86 on a 64-bit machine", machine: { programs: { bwrap: works } }, arch: "x86" },
  {
    name: "arm64 with QEMU registered",
    machine: { programs: { bwrap: works }, files: { [`${binfmt}/register`]: "", [`${binfmt}/other`]: qemu("PF") } },
    arch: "aarch64",
  },
  {
    name: "arm64 with QEMU registered without flag F",
    machine: {
      programs: { bwrap: works },
      files: { [`${binfmt}/register`]: "", [`${binfmt}/q`]: qemu("P"), "/usr/bin/qemu-aarch64-static": "" },
    },
    arch: "aarch64",
    code: "SANDBOX_NO_EMULATOR",
    says: /without flag F/,
    hints: /:apkmill-aarch64:M::.*qemu-aarch64-static:F/,
  },
  {
    name: "arm64 with an interpreter for another architecture only",
    machine: {
      programs: { bwrap: works },
      files: { ...debian, [`${binfmt}/register`]: "", [`${binfmt}/q`]: qemu("F") },
    },
    arch: "riscv64",
    code: "SANDBOX_NO_EMULATOR",
    says: /this x86_64 machine cannot run riscv64 programs: no emulator for riscv64/,
    hints: /apt-get install .* qemu-user-static binfmt-support/,
  },
  {
    name: "arm64 with binfmt_misc not mounted",
    machine: { programs: { bwrap: works }, files: { "/usr/libexec/qemu-binfmt/aarch64-binfmt-P": "" } },
    arch: "aarch64",
    code: "SANDBOX_NO_EMULATOR",
    hints: /mount -t binfmt_misc .* && .*aarch64-binfmt-P:PF/,
  },
  {
    name: "arm64 with binfmt_misc switched off",
    machine: {
      programs: { bwrap: works },
      files: { [`${binfmt}/register`]: "", [`${binfmt}/status`]: "disabled\n" },
    },
    arch: "aarch64",
    code: "SANDBOX_NO_EMULATOR",
    says: /switched off/,
  },
  {
    name: "an architecture that does not exist",
    machine: { programs: { bwrap: works } },
    arch: "vax",
    code: "SANDBOX_NO_EMULATOR",
    says: /vax is not an architecture/,
  },
];

for (const { name, machine: described, arch, code, says, hints } of cases) {
  test(`the probe judges ${name}`, async () => {
    const probe = await probeSandbox({ host: machine(described), ...(arch === undefined ? {} : { arch }) });
    assert.equal(probe.usable ? undefined : probe.code, code);
    if (probe.usable) return;
    assert.match(probe.problem, says ?? /./);
    assert.match(probe.hint, hints ?? /./);
    assert.throws(() => requireUsable(probe), { code: probe.code, hint: probe.hint });
  });
}

test("the magic that is registered for an emulator is what the kernel would match", async () => {
  const host = machine({ programs: { bwrap: works }, files: { "/usr/bin/qemu-s390x-static": "" } });
  const probe = await probeSandbox({ arch: "s390x", host });
  const line = probe.usable ? "" : (probe.remedies.at(-1)?.command[4] ?? "");
  const expected =
    ":apkmill-s390x:M::" +
    "\\x7f\\x45\\x4c\\x46\\x02\\x02\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x16:" +
    "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff:" +
    "/usr/bin/qemu-s390x-static:F";
  assert.equal(line, expected);
});
