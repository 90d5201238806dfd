import type { ImageConfig } from "@apkmill/config";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import { hasControl } from "./placeable.ts";
import { putFile, type ReadText } from "./put-file.ts";

/**
 * Adds the configuration's groups and users to `etc/group`, `etc/passwd` and `etc/shadow`, and makes the home directories
 * of all accounts, those of the packages too (reference apko §1.3). Returns the text of `etc/passwd`.
 *
 * An account that a package brought under the same number stays as the package has it, and a group gains the members; under
 * another number the configuration's takes its place: a second line of one name would be one that no lookup finds.
 * @throws ImageError IMAGE_ACCOUNT for what would break a line, and for a home that is no directory
 */
export async function addAccounts(tree: ImageTree, { accounts }: ImageConfig, readText: ReadText): Promise<string> {
  const [group, passwd, shadow] = await Promise.all(["etc/group", "etc/passwd", "etc/shadow"].map(readText));
  const groups = accounts.groups.map(({ groupName, gid, members }) =>
    requireFields([groupName, "x", String(gid), members.join(",")]),
  );
  const users = accounts.users.map(({ userName, uid, gid, homeDir, shell }) =>
    requireFields([userName, "x", String(uid), String(gid), "Account created by apko", homeDir, shell]),
  );
  const locked = accounts.users.map(({ userName }) => [userName, "!", "", "", "", "", "", "", ""]);
  if (groups.length > 0)
    putFile(tree, "etc/group", joinLines(group, groups, mergeGroup), { reason: "groups of the configuration" });
  if (users.length === 0) return addHomes(tree, passwd ?? "");
  const reason = "users of the configuration";
  const accountLines = joinLines(passwd, users, mergeUser);
  putFile(tree, "etc/passwd", accountLines, { reason });
  putFile(tree, "etc/shadow", joinLines(shadow, locked, keepStanding), { mode: 0o640, reason });
  return addHomes(tree, accountLines);
}

/** The `User` of the image: the number of a name that the image knows, anything else as it was written. */
export function resolveRunAs(runAs: string, passwd: string): string {
  const account = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === runAs);
  return account?.[2] ?? runAs;
}

type Fields = readonly string[];

/** The lines of `text` with `added`; where a name stands already, `merge` says what becomes of its line. */
function joinLines(
  text: string | undefined,
  added: readonly Fields[],
  merge: (standing: Fields, wanted: Fields) => Fields,
): string {
  const lines = (text ?? "").split("\n").filter((line) => line !== "");
  for (const wanted of added) {
    const position = lines.findIndex((line) => line.split(":", 1)[0] === wanted[0]);
    const standing = lines[position]?.split(":");
    if (standing === undefined) lines.push(wanted.join(":"));
    else lines[position] = merge(standing, wanted).join(":");
  }
  return lines.map((line) => `${line}\n`).join("");
}

const keepStanding = (standing: Fields): Fields => standing;

function mergeUser(standing: Fields, wanted: Fields): Fields {
  return standing[2] === wanted[2] && standing[3] === wanted[3] ? standing : wanted;
}

function mergeGroup(standing: Fields, wanted: Fields): Fields {
  if (standing[2] !== wanted[2]) return wanted;
  const members = new Set([...(standing[3] ?? "").split(","), ...(wanted[3] ?? "").split(",")]);
  members.delete("");
  return [...standing.slice(0, 3), [...members].join(",")];
}

/** A colon or a line break in a name would write a line of its own: an account nobody asked for. */
function requireFields(fields: Fields): Fields {
  const bad = fields.find((field) => field.includes(":") || hasControl(field));
  const problem =
    fields[0] === ""
      ? "has no name"
      : bad === undefined
        ? ""
        : `${JSON.stringify(bad)} has a colon or a control character`;
  if (problem === "") return fields;
  throw new ImageError("IMAGE_ACCOUNT", `account ${JSON.stringify(fields[0])}: ${problem}`, {
    hint: "correct the entry of `accounts`",
  });
}

/** Homes are their owners' alone, 0700; one that is there stays as it is. */
function addHomes(tree: ImageTree, passwd: string): string {
  for (const line of passwd.split("\n")) {
    const fields = line.split(":");
    const [name = "", , uid = "", gid = "", , home = ""] = fields;
    if (fields.length !== 7 || !/^\d{1,10}:\d{1,10}$/.test(`${uid}:${gid}`)) continue;
    if (!home.startsWith("/") || home === "/dev/null" || tree.resolve(home) === "") continue;
    const standing = tree.follow(home);
    if (standing?.type === "directory") continue;
    if (standing !== undefined || tree.resolve(home) === undefined) throw badHome(name, home);
    const path = tree.place(tree.resolve(home) ?? home, `home directory of ${name}`);
    tree.put({ path, type: "directory", mode: 0o700, uid: Number(uid), gid: Number(gid) }, `home directory of ${name}`);
  }
  return passwd;
}

function badHome(name: string, home: string): ImageError {
  return new ImageError("IMAGE_ACCOUNT", `the home directory ${home} of ${name} is no directory`, {
    hint: "give the account another home",
    context: { path: home },
  });
}
