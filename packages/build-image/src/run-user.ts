import { lstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ancestorsOf } from "@apkmill/rootfs";
import { ImageError } from "./image-error.ts";

/** Who runs a command, in numbers. */
export interface RunUser {
  readonly uid: number;
  readonly gid: number;
}

/** `uid`, `uid:gid`, `name` or `name:group`, looked up in the accounts of a root; "" is its root. @throws ImageError IMAGE_CONTENT */
export async function findUser(root: string, text: string): Promise<RunUser> {
  const [user = "", group] = text.split(":");
  if (user === "" && group === undefined) return { uid: 0, gid: 0 };
  const account = (await readAccounts(root, "etc/passwd")).find(([name, , uid]) => name === user || uid === user);
  const uid = numberOf(user) ?? numberOf(account?.[2]);
  const gid = group === undefined ? (numberOf(account?.[3]) ?? 0) : await groupOf(root, group);
  if (uid !== undefined && gid !== undefined) return { uid, gid };
  throw new ImageError("IMAGE_CONTENT", `the user ${JSON.stringify(text)} is not among the image's accounts`, {
    hint: "add the account to the configuration, or give numbers with --user",
  });
}

async function groupOf(root: string, group: string): Promise<number | undefined> {
  return numberOf(group) ?? numberOf((await readAccounts(root, "etc/group")).find(([name]) => name === group)?.[2]);
}

/** Linux's ids have 32 bits, and the last stands for none. */
function numberOf(text = ""): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return id < 0xffffffff ? id : undefined;
}

/** Fields of every line; none when the image has no such file, or a link would lead out of the root. */
async function readAccounts(root: string, path: string): Promise<string[][]> {
  const isFile = lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
  if (!isFile || !ancestorsOf(path).every((above) => lstatSync(join(root, above)).isDirectory())) return [];
  return (await readFile(join(root, path), "utf8")).split("\n").map((line) => line.split(":"));
}
