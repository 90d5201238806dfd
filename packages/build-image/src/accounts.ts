import { createHash } from "node:crypto";
import type { ImageConfig } from "@apkmill/config";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";

/** Reads a file of the tree as text; "" when there is none. */
export type ReadText = (path: string) => Promise<string>;

/**
 * Adds the configuration's groups and users to `etc/group`, `etc/passwd` and `etc/shadow`, and makes the home directories of all
 * accounts, those of the packages too, as apko does. Returns the text of `etc/passwd`.
 * @throws ImageError IMAGE_ACCOUNT for a name or number that is taken by somebody else, or that would break its line
 */
export async function addAccounts(tree: ImageTree, { accounts }: ImageConfig, readText: ReadText): Promise<string> {
  const group = append(
    await readText("etc/group"),
    accounts.groups.map(({ groupName, gid, members }) => line([groupName, "x", String(gid), members.join(",")])),
  );
  const passwd = append(
    await readText("etc/passwd"),
    accounts.users.map(({ userName, uid, gid, homeDir, shell }) =>
      line([userName, "x", String(uid), String(gid), "Account created by apko", homeDir, shell]),
    ),
  );
  if (accounts.groups.length > 0) putText(tree, "etc/group", group, 0o644, "groups of the configuration");
  if (accounts.users.length > 0) {
    const shadow = append(
      await readText("etc/shadow"),
      accounts.users.map(({ userName }) => line([userName, "!", "", "", "", "", "", "", ""])),
    );
    putText(tree, "etc/passwd", passwd, 0o644, "users of the configuration");
    putText(tree, "etc/shadow", shadow, 0o640, "users of the configuration");
  }
  addHomes(tree, passwd);
  return passwd;
}

/** Writes a text over what stands there; owner, mode and other attributes of an existing file stay. */
export function putText(tree: ImageTree, path: string, text: string, mode: number, reason: string): void {
  const content = Buffer.from(text);
  const real = tree.resolve(path) ?? path;
  const standing = tree.get(real);
  const { uid = 0, gid = 0 } = standing ?? {};
  tree.put(
    {
      path: real,
      type: "file",
      mode: standing?.type === "file" ? standing.mode : mode,
      uid,
      gid,
      sizeBytes: content.length,
      sha256: createHash("sha256").update(content).digest("hex"),
      source: { kind: "generated", content },
    },
    reason,
  );
}

/** The `User` of the image: the number of a name that the image knows, anything else as it was written. */
export function resolveRunAs(runAs: string, passwd: string): string {
  const found = passwd
    .split("\n")
    .map((text) => text.split(":"))
    .find(([name]) => name === runAs);
  return found?.[2] ?? runAs;
}

function line(fields: readonly string[]): string {
  const bad = fields.find((field) => /[:\n\0]/.test(field));
  if (bad === undefined) return fields.join(":");
  throw new ImageError(
    "IMAGE_ACCOUNT",
    `account ${fields[0] ?? ""}: ${JSON.stringify(bad)} holds a colon or a line break`,
  );
}

/** An account that is there already, letter for letter or with the same numbers, stays as it is; one with other numbers is refused. */
function append(text: string, added: readonly string[]): string {
  const lines = text.split("\n").filter((known) => known !== "");
  for (const entry of added) {
    const [name, , id, third] = entry.split(":");
    const known = lines.map((other) => other.split(":")).find((fields) => fields[0] === name);
    if (known === undefined) lines.push(entry);
    else if (
      known.length > 4 &&
      (known[2] !== id || known[3] !== third) &&
      known.length === entry.split(":").length &&
      id !== ""
    ) {
      throw new ImageError(
        "IMAGE_ACCOUNT",
        `account ${name ?? ""}: the packages give it ${known[2] ?? ""}:${known[3] ?? ""}, the configuration ${id ?? ""}:${third ?? ""}`,
        {
          hint: "choose another name, or the same numbers",
        },
      );
    }
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function addHomes(tree: ImageTree, passwd: string): void {
  for (const text of passwd.split("\n")) {
    const fields = text.split(":");
    const [name = "", , uid = "", gid = "", , home = ""] = fields;
    if (fields.length < 7 || !home.startsWith("/") || home === "/" || home === "/dev/null" || !/^\d+$/.test(uid + gid))
      continue;
    const standing = tree.follow(home);
    if (standing?.type === "directory") continue;
    if (standing !== undefined)
      throw new ImageError("IMAGE_ACCOUNT", `the home directory ${home} of ${name} is no directory`, {
        context: { path: home },
      });
    const path = tree.resolve(home);
    if (path === undefined || path === "") continue;
    tree.put({ path, type: "directory", mode: 0o700, uid: Number(uid), gid: Number(gid) }, `home directory of ${name}`);
  }
}
