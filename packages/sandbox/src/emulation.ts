import type { Host } from "./host.ts";
import type { Remedy } from "./remedy.ts";

/**
 * Can this machine run programs of another architecture inside any root?
 *
 * The kernel hands a foreign program to the interpreter that binfmt_misc names for its ELF header. Inside a root the
 * interpreter's path does not exist, so it must have been opened when it was registered: flag F. Everything else is refused
 * here with the command that mends it, because the kernel only says "No such file or directory".
 * Source: Linux Documentation/admin-guide/binfmt-misc.rst; ELF machine numbers from the psABI of each architecture.
 */

const folder = "/proc/sys/fs/binfmt_misc";

interface Machine {
  readonly qemu: string;
  readonly bits: 32 | 64;
  readonly order: "little" | "big";
  readonly machine: number;
}

const machines: Readonly<Record<string, Machine>> = {
  aarch64: { qemu: "aarch64", bits: 64, order: "little", machine: 183 },
  armhf: { qemu: "arm", bits: 32, order: "little", machine: 40 },
  armv7: { qemu: "arm", bits: 32, order: "little", machine: 40 },
  loongarch64: { qemu: "loongarch64", bits: 64, order: "little", machine: 258 },
  ppc64le: { qemu: "ppc64le", bits: 64, order: "little", machine: 21 },
  riscv64: { qemu: "riscv64", bits: 64, order: "little", machine: 243 },
  s390x: { qemu: "s390x", bits: 64, order: "big", machine: 22 },
  x86: { qemu: "i386", bits: 32, order: "little", machine: 3 },
  x86_64: { qemu: "x86_64", bits: 64, order: "little", machine: 62 },
};

/** Architectures that a processor runs beside its own. */
const alsoRuns: Readonly<Record<string, readonly string[]>> = { x86_64: ["x86"], armv7: ["armhf"] };

/** True when the processor itself runs the architecture. Names are apk's. */
export function isNative(hostArch: string, arch: string): boolean {
  return hostArch === arch || alsoRuns[hostArch]?.includes(arch) === true;
}

/** Why programs of `arch` cannot be emulated, and what mends it; undefined when they can. */
export async function missingEmulation(
  host: Host,
  arch: string,
): Promise<{ readonly problem: string; readonly remedies: readonly Remedy[] } | undefined> {
  const machine = machines[arch];
  if (machine === undefined) return { problem: `${arch} is not an architecture that can be emulated`, remedies: [] };
  const names = await host.list(folder);
  if (!names.includes("register")) {
    return {
      problem: "binfmt_misc is not mounted",
      remedies: [mountBinfmt, ...(await registration(host, arch, machine))],
    };
  }
  if ((await host.readText(`${folder}/status`))?.trim() === "disabled") {
    return {
      problem: "binfmt_misc is switched off",
      remedies: [write("switch binfmt_misc on", "1", `${folder}/status`)],
    };
  }
  const entries = await Promise.all(
    names.map(async (name) => parseEntry((await host.readText(`${folder}/${name}`)) ?? "")),
  );
  const matching = entries.filter((entry) => entry !== undefined && matches(entry, machine));
  if (matching.some((entry) => entry?.flags.includes("F"))) return undefined;
  const problem =
    matching.length === 0
      ? `no emulator for ${arch} is registered with binfmt_misc`
      : `the emulator for ${arch} is registered without flag F, so it is not found inside a root`;
  return { problem, remedies: await registration(host, arch, machine) };
}

const mountBinfmt: Remedy = {
  reason: "mount binfmt_misc",
  command: ["mount", "-t", "binfmt_misc", "binfmt_misc", folder],
};

/** Registers QEMU's static emulator; empty when it is not installed. */
async function registration(host: Host, arch: string, machine: Machine): Promise<Remedy[]> {
  const preserving = (await host.list("/usr/libexec/qemu-binfmt")).includes(`${machine.qemu}-binfmt-P`);
  const installed = (await host.list("/usr/bin")).includes(`qemu-${machine.qemu}-static`);
  if (!preserving && !installed) return [];
  // Debian's -P name tells QEMU that argv[0] is passed on; under the plain name it would take it for the program.
  const [path, flags] = preserving
    ? [`/usr/libexec/qemu-binfmt/${machine.qemu}-binfmt-P`, "PF"]
    : [`/usr/bin/qemu-${machine.qemu}-static`, "F"];
  const { magic, mask } = signatureOf(machine);
  const line = `:apkmill-${arch}:M::${escaped(magic)}:${escaped(mask)}:${path}:${flags}`;
  return [write(`register the emulator for ${arch}`, line, `${folder}/register`)];
}

function write(reason: string, text: string, path: string): Remedy {
  return { reason, command: ["sh", "-c", 'printf %s "$1" > "$2"', "sh", text, path] };
}

/** The first 20 bytes of a program's ELF header, and which of their bits decide. */
function signatureOf(machine: Machine): { magic: Buffer; mask: Buffer } {
  const magic = Buffer.alloc(20);
  magic.set([0x7f, 0x45, 0x4c, 0x46, machine.bits === 64 ? 2 : 1, machine.order === "little" ? 1 : 2, 1]);
  const mask = Buffer.alloc(20, 0xff);
  mask[7] = 0; // The OS ABI byte: GNU and System V programs alike.
  const little = machine.order === "little";
  magic[little ? 16 : 17] = 2;
  mask[little ? 16 : 17] = 0xfe; // Executables (2) and position independent ones (3).
  if (little) magic.writeUInt16LE(machine.machine, 18);
  else magic.writeUInt16BE(machine.machine, 18);
  return { magic, mask };
}

const escaped = (bytes: Buffer): string => bytes.toString("hex").replace(/../g, "\\x$&");

interface BinfmtEntry {
  readonly flags: string;
  readonly offset: number;
  readonly magic: Buffer;
  readonly mask: Buffer;
}

/** An entry as the kernel prints it; undefined for `register`, `status`, disabled entries and those by file extension. */
function parseEntry(text: string): BinfmtEntry | undefined {
  const field = (name: string): string => new RegExp(`^${name}:? (.*)$`, "m").exec(text)?.[1] ?? "";
  const magic = Buffer.from(field("magic"), "hex");
  if (!text.startsWith("enabled") || magic.length === 0) return undefined;
  const mask = field("mask") === "" ? Buffer.alloc(magic.length, 0xff) : Buffer.from(field("mask"), "hex");
  return { flags: field("flags"), offset: Number(field("offset")), magic, mask };
}

function matches(entry: BinfmtEntry, machine: Machine): boolean {
  const header = Buffer.concat([signatureOf(machine).magic, Buffer.alloc(108)]);
  return entry.magic.every((byte, at) => {
    const decides = entry.mask[at] ?? 0xff;
    return ((header[entry.offset + at] ?? 0) & decides) === (byte & decides);
  });
}
