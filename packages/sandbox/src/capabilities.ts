import { compareBytes } from "@apkmill/core";
import { SandboxError } from "./sandbox-error.ts";

/** What a build may do as root inside: the set that container engines give, and melange with them (reference melange §4). */
const usual = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/**
 * The capabilities of a command: the usual ones, then those added, without those dropped; `CAP_` names in code unit order.
 * Names are taken with and without `CAP_`, in either case. `ALL` drops everything, whatever is added.
 * @throws SandboxError SANDBOX_BAD_COMMAND
 */
export function capabilitiesFor(changes: {
  readonly add: readonly string[];
  readonly drop: readonly string[];
}): string[] {
  const drop = new Set(changes.drop.map(nameOf));
  if (drop.has("CAP_ALL")) return [];
  const all = new Set([...usual, ...changes.add].map(nameOf));
  return [...all].filter((name) => !drop.has(name)).sort(compareBytes);
}

function nameOf(text: string): string {
  const name = text.toUpperCase().replace(/^(?!CAP_)/, "CAP_");
  if (!/^CAP_[A-Z][A-Z0-9_]*$/.test(name)) {
    throw new SandboxError("SANDBOX_BAD_COMMAND", `expected the name of a capability, found ${JSON.stringify(text)}`, {
      hint: "write it as capabilities(7) does, such as SYS_ADMIN",
    });
  }
  return name;
}
