import { compareBytes } from "@apkmill/core";
import { layGenerated } from "./lay-generated.ts";
import type { Laying } from "./laying.ts";
import type { InstallRequest } from "./plan.ts";
import { RootfsError } from "./rootfs-error.ts";

/**
 * What `etc/apk` says: world, architecture, repositories, keys. World and architecture are apk's own files and always
 * written; repositories and keys are configuration, which a package may bring instead.
 *
 * @throws RootfsError ROOTFS_BAD_REQUEST for names and lines that a file of that kind cannot hold
 */
export function laySettings(laying: Laying, request: InstallRequest): void {
  layWorld(laying, request.world);
  layArch(laying, request.arch);
  layRepositories(laying, request.repositories ?? [], "unless-brought");
  layKeys(laying, request.keys ?? []);
}

/** Without lines, nothing is laid. @throws RootfsError ROOTFS_BAD_REQUEST */
export function layRepositories(laying: Laying, lines: readonly string[], when: "always" | "unless-brought"): void {
  if (lines.length > 0) layGenerated(laying, "etc/apk/repositories", repositoriesText(lines), "repositories", when);
}

/** A key of the same name that stands stays. @throws RootfsError ROOTFS_BAD_REQUEST */
export function layKeys(laying: Laying, keys: readonly { readonly name: string; readonly pem: string }[]): void {
  for (const { name, pem } of keys)
    layGenerated(laying, `etc/apk/keys/${requireFileName(name)}`, pem, "key", "unless-brought");
}

/** Returns where it stands. @throws RootfsError ROOTFS_BAD_REQUEST */
export function layWorld(laying: Laying, world: readonly string[]): string {
  return layGenerated(laying, "etc/apk/world", worldText(world), "world");
}

/** Returns where it stands. @throws RootfsError ROOTFS_BAD_REQUEST */
export function layArch(laying: Laying, arch: string): string {
  return layGenerated(laying, "etc/apk/arch", `${requireLine("architecture", arch)}\n`, "architecture");
}

/** Constraints sorted by name (without regard to case, then with), one a line; an empty world is one empty line. */
export function worldText(world: readonly string[]): string {
  const items = [...new Set(world.flatMap((item) => item.split(/\s+/)).filter((item) => item !== ""))];
  for (const item of items) requireLine("constraint", item);
  return `${items.sort(compareConstraints).join("\n")}\n`;
}

function compareConstraints(a: string, b: string): number {
  return compareNames(nameOf(a), nameOf(b)) || compareBytes(a, b);
}

/** apk's order of names: letters without regard to case, ties by bytes. */
export function compareNames(a: string, b: string): number {
  return compareBytes(a.toLowerCase(), b.toLowerCase()) || compareBytes(a, b);
}

function nameOf(constraint: string): string {
  return constraint.replace(/^!/, "").replace(/[@<>=~].*$/s, "");
}

function repositoriesText(lines: readonly string[]): string {
  return lines.map((line) => `${withoutCredentials(requireLine("repository", line))}\n`).join("");
}

/** A build may log in to a repository; the image must not carry the password. */
function withoutCredentials(line: string): string {
  return line.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/i, "$1");
}

function requireLine(what: string, line: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (line !== "" && !/[\u0000-\u001f\u007f]/.test(line)) return line;
  throw badRequest(what, line, "a line of text");
}

function requireFileName(name: string): string {
  if (/^[^./\u0000-\u0020\u007f][^/\u0000-\u001f\u007f]{0,254}$/.test(name)) return name; // eslint-disable-line no-control-regex
  throw badRequest("key name", name, "a file name that does not begin with a dot");
}

function badRequest(what: string, found: string, expected: string): RootfsError {
  return new RootfsError(
    "ROOTFS_BAD_REQUEST",
    `cannot write the ${what} ${JSON.stringify(found.slice(0, 200))}: expected ${expected}`,
    { hint: `give another ${what}` },
  );
}
