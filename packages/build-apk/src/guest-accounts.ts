import { lstat, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageConfig } from "@apkmill/config";
import { isSystemError } from "@apkmill/core";
import { BuildError } from "./build-error.ts";

type Accounts = ImageConfig["accounts"];

/** The text of `etc/passwd` with the users that are not in it yet. */
export function withUsers(passwd: string, users: Accounts["users"]): string {
  const lines = users.map(
    ({ userName, uid, gid, homeDir, shell }) => `${userName}:x:${String(uid)}:${String(gid)}::${homeDir}:${shell}`,
  );
  return withLines(passwd, lines);
}

/** The text of `etc/group` with the groups that are not in it yet. */
export function withGroups(group: string, groups: Accounts["groups"]): string {
  return withLines(
    group,
    groups.map(({ groupName, gid, members }) => `${groupName}:x:${String(gid)}:${members.join(",")}`),
  );
}

function withLines(text: string, lines: readonly string[]): string {
  const known = new Set(text.split("\n").map(nameOf));
  const added = lines.filter((line) => !known.has(nameOf(line)));
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return start + added.map((line) => `${line}\n`).join("");
}

const nameOf = (line: string): string => line.split(":", 1)[0] ?? "";

/** Numbers of the accounts in a file's text, by number: `0` → `root`. The first line of a number counts. */
export function namesByNumber(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name = "", , number = ""] = line.split(":");
    if (/^\d+$/.test(number) && !names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}

/**
 * The numeric identity that steps run under: root where the configuration names none.
 * @throws BuildError BUILD_ENVIRONMENT for a name that the environment does not have
 */
export function runAsIdentity(accounts: Accounts): { readonly uid: number; readonly gid: number } {
  const wanted = accounts.runAs;
  if (["", "root", "0"].includes(wanted)) return { uid: 0, gid: 0 };
  const user = accounts.users.find(({ userName, uid }) => userName === wanted || String(uid) === wanted);
  if (user !== undefined) return { uid: user.uid, gid: user.gid };
  if (/^\d{1,10}$/.test(wanted)) return { uid: Number(wanted), gid: Number(wanted) };
  throw new BuildError(
    "BUILD_ENVIRONMENT",
    `accounts.run-as: expected one of the users listed, found ${JSON.stringify(wanted)}`,
    {
      hint: "add the user to environment.accounts.users",
    },
  );
}

/** The accounts of a guest, after the configuration's were added to those of its packages. */
export interface GuestAccounts {
  readonly userNames: ReadonlyMap<number, string>;
  readonly groupNames: ReadonlyMap<number, string>;
}

/** Writes the configuration's accounts into a guest that nothing has run in yet. @throws BuildError BUILD_ENVIRONMENT */
export async function addAccounts(root: string, accounts: Accounts): Promise<GuestAccounts> {
  const folder = join(root, "etc");
  await requireOwnFolder(folder);
  const passwd = withUsers(await readOwnFile(join(folder, "passwd")), accounts.users);
  const group = withGroups(await readOwnFile(join(folder, "group")), accounts.groups);
  await writeOwnFile(join(folder, "passwd"), passwd);
  await writeOwnFile(join(folder, "group"), group);
  return { userNames: namesByNumber(passwd), groupNames: namesByNumber(group) };
}

/** A package could have made `/etc` a link to the `/etc` of the machine that builds. */
async function requireOwnFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new BuildError("BUILD_ENVIRONMENT", "the build environment has no directory /etc", {
    hint: "add a base package, such as busybox with a base layout, to environment.contents.packages",
  });
}

async function readOwnFile(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true ? readFile(path, "utf8") : "";
}

/** Replaces whatever stands at `path`, never what it links to. */
export async function writeOwnFile(path: string, text: string): Promise<void> {
  await rm(path, { force: true }).catch((cause: unknown) => {
    if (!isSystemError(cause)) throw cause;
    throw new BuildError("BUILD_ENVIRONMENT", `the build environment has a directory at ${path}`, { cause });
  });
  await writeFile(path, text, { flag: "wx", mode: 0o644 });
}
