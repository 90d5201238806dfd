import type { SetCapability } from "@apkmill/config";
import { BuildError } from "./build-error.ts";
import type { PackageTree } from "./package-tree.ts";

/** Bit numbers (capabilities(7)) of those that a configuration may give to a file. */
const numbers: Readonly<Record<string, number>> = {
  cap_net_bind_service: 10,
  cap_net_admin: 12,
  cap_net_raw: 13,
  cap_ipc_lock: 14,
  cap_sys_admin: 21,
};

/** The tree with the capabilities of `setcap` on its files. @throws BuildError BUILD_BAD_OUTPUT for a path that is no file */
export function withCapabilities(tree: PackageTree, wanted: readonly SetCapability[]): PackageTree {
  if (wanted.length === 0) return tree;
  const byPath = new Map(wanted.map((each) => [each.path.replace(/^\/+/, ""), each]));
  const entries = tree.entries.map((entry) => {
    const found = byPath.get(entry.path);
    if (found === undefined || entry.type !== "file") return entry;
    byPath.delete(entry.path);
    return { ...entry, xattrs: new Map([...entry.xattrs, ["security.capability", encodeCapabilities(found.add)]]) };
  });
  for (const path of byPath.keys()) throw noFile(tree.packageName, path);
  return { ...tree, entries };
}

/**
 * The value of `security.capability`, version 3: little-endian, the two halves of permitted and inheritable sets, root id 0.
 * Source: linux/capability.h, struct vfs_ns_cap_data.
 */
export function encodeCapabilities(add: Readonly<Record<string, string>>): Buffer {
  let permitted = 0;
  let inheritable = 0;
  let effective = 0;
  for (const [names, flags] of Object.entries(add)) {
    const bits = names.split(",").reduce((sum, name) => sum | bitOf(name.trim()), 0);
    if (flags.includes("p")) permitted |= bits;
    if (flags.includes("i")) inheritable |= bits;
    if (flags.includes("e")) effective = 1;
  }
  const value = Buffer.alloc(24);
  value.writeUInt32LE((0x03000000 | effective) >>> 0, 0);
  value.writeUInt32LE(permitted >>> 0, 4);
  value.writeUInt32LE(inheritable >>> 0, 8);
  return value;
}

function bitOf(name: string): number {
  const number = numbers[name.toLowerCase()];
  if (number !== undefined) return 1 << number;
  throw new BuildError("BUILD_BAD_OUTPUT", `setcap: ${JSON.stringify(name)} is no capability that a package may give`, {
    hint: `use one of ${Object.keys(numbers).join(", ")}`,
  });
}

function noFile(packageName: string, path: string): BuildError {
  return new BuildError("BUILD_BAD_OUTPUT", `setcap: expected a file ${path} in ${packageName}, found none`, {
    kind: "pipeline",
    hint: "give the path under which the pipeline installs the file",
    context: { package: packageName, path },
  });
}
