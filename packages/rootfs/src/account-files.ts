import { openPackageData, type ContentPorts, type PackageEntry, type StoredPackage } from "@apkmill/apk";
import { requireWithin } from "@apkmill/core";
import type { AccountFiles } from "./plan.ts";

const files = { "etc/passwd": "passwd", "etc/group": "group" } as const;

type AccountPath = keyof typeof files;

/**
 * Reads `etc/passwd` and `etc/group` of the packages that carry them, by index: what `planInstall` looks owners up in.
 * Remembered in the store under the data section's digest, so that a second plan inflates nothing.
 * @throws CoreError LIMIT_EXCEEDED for files over `limits.configBytes`
 */
export async function loadAccountFiles(
  ports: ContentPorts,
  packages: readonly StoredPackage[],
): Promise<ReadonlyMap<number, AccountFiles>> {
  const { store } = ports;
  const found = new Map<number, AccountFiles>();
  for (const [index, stored] of packages.entries()) {
    if (!stored.contents.entries.some(isAccountFile)) continue;
    const known = asAccountFiles(await store.fact("accounts", stored.data.digest));
    const fresh = known ?? (await readAccountFiles(ports, stored));
    if (known === undefined) await store.remember("accounts", stored.data.digest, fresh);
    found.set(index, fresh);
  }
  return found;
}

function isAccountFile(entry: PackageEntry): entry is PackageEntry & { readonly path: AccountPath } {
  return entry.type === "file" && Object.hasOwn(files, entry.path);
}

async function readAccountFiles(ports: ContentPorts, stored: StoredPackage): Promise<AccountFiles> {
  const read: { passwd?: string; group?: string } = {};
  let remaining = stored.contents.entries.filter(isAccountFile).length;
  for await (const { entry, content } of openPackageData(ports, stored)) {
    if (!isAccountFile(entry)) continue;
    requireWithin(`bytes of ${entry.path}`, entry.sizeBytes, ports.limits.configBytes, "configBytes");
    read[files[entry.path]] = Buffer.concat(await Array.fromAsync(content)).toString("utf8");
    remaining -= 1;
    if (remaining === 0) break;
  }
  return read;
}

function asAccountFiles(value: unknown): AccountFiles | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const text = (name: string): string | undefined => {
    const found: unknown = Reflect.get(value, name);
    return typeof found === "string" ? found : undefined;
  };
  const [passwd, group] = [text("passwd"), text("group")];
  return { ...(passwd === undefined ? {} : { passwd }), ...(group === undefined ? {} : { group }) };
}
