import type { GroupAccount, ImageConfig, UserAccount } from "@apkmill/config";
import { requireWithin, type Limits } from "@apkmill/core";
import type { Fields } from "./account-lines.ts";
import { atValue } from "./at-value.ts";
import { ImageError } from "./image-error.ts";
import { hasControl } from "./placeable.ts";

/** The accounts of a configuration as lines of the account files. */
export interface ConfiguredAccounts {
  readonly passwd: readonly Fields[];
  readonly shadow: readonly Fields[];
  readonly group: readonly Fields[];
}

/**
 * Writes the accounts of a configuration as lines (reference apko §1.3).
 * @throws ImageError IMAGE_ACCOUNT for what would break a line, be read as something else, or give root's name another number;
 * CoreError LIMIT_EXCEEDED
 */
export function describeAccounts(config: ImageConfig, limits: Limits): ConfiguredAccounts {
  const { accounts } = config;
  // Before the lines are made: a list of members may stand in a thousand groups.
  const bytes = accounts.groups.reduce((sum, group) => sum + sizeOf(group), 0);
  requireWithin("bytes of accounts.groups", bytes, limits.configBytes, "configBytes");
  requireWithin("accounts.users", accounts.users.length, limits.entries, "entries");
  return {
    passwd: accounts.users.map((user) => atValue(config, "accounts.users", user.userName, () => userLine(user))),
    shadow: accounts.users.map(({ userName }) => [userName, "!", "", "", "", "", "", "", ""]),
    group: accounts.groups.map((group) => atValue(config, "accounts.groups", group.groupName, () => groupLine(group))),
  };
}

function sizeOf({ groupName, members }: GroupAccount): number {
  return members.reduce((sum, member) => sum + member.length + 1, groupName.length + 16);
}

function userLine({ userName, uid, gid, homeDir, shell }: UserAccount): Fields {
  requireName("user", userName, userName);
  requireNumber("user", userName, uid);
  requireNumber("user", userName, gid);
  // The schema refuses UID 0: this would take away the name of whoever has it.
  if (userName === "root") throw refusal("user", userName, "is number 0 and stays so");
  requireField(userName, homeDir);
  requireField(userName, shell);
  return [userName, "x", String(uid), String(gid), "Account created by apko", homeDir, shell];
}

function groupLine({ groupName, gid, members }: GroupAccount): Fields {
  requireName("group", groupName, groupName);
  requireNumber("group", groupName, gid);
  if (groupName === "root" && gid !== 0) throw refusal("group", groupName, "is number 0 and stays so");
  for (const member of members) requireName("group", groupName, member);
  return [groupName, "x", String(gid), members.join(",")];
}

/** `+` and `-` begin lines that name accounts of other machines, `#` is a comment to some; a comma separates members. */
function requireName(kind: string, account: string, name: string): void {
  if (name === "") throw refusal(kind, account, "has an empty name");
  if (/^[+#-]/.test(name) || /[,/\s]/.test(name)) throw refusal(kind, account, `${JSON.stringify(name)} is no name`);
  if (Buffer.byteLength(name) > 255) throw refusal(kind, account, "has a name of more than 255 bytes");
  requireField(account, name);
}

/** The largest number means "no change" to the calls that set an owner: such an account would own what root owns. */
function requireNumber(kind: string, account: string, number: number): void {
  if (number === 0xffff_ffff) throw refusal(kind, account, `has the number ${String(number)}, which stands for none`);
}

/** A colon or a line break in a field would write fields or a line of its own: an account nobody asked for. */
function requireField(account: string, field: string): void {
  if (field.includes(":") || hasControl(field))
    throw refusal("account", account, `${JSON.stringify(field.slice(0, 200))} has a colon or a control character`);
}

function refusal(kind: string, account: string, problem: string): ImageError {
  return new ImageError("IMAGE_ACCOUNT", `${kind} ${JSON.stringify(account.slice(0, 100))}: ${problem}`, {
    hint: "correct the entry of `accounts`",
  });
}
