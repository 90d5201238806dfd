import type { Fields } from "./account-lines.ts";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";

/**
 * Makes the home directories of all accounts, those of packages too (reference apko §1.3): 0700, their owners' alone. One that is
 * there stays as it is, and `/dev/null` is none.
 * @throws ImageError IMAGE_ACCOUNT for a home that is no directory, IMAGE_PATH for one that cannot be made · IMAGE_CONTENT
 */
export function addHomes(tree: ImageTree, passwd: readonly Fields[]): void {
  for (const [name = "", , uid = "", gid = "", , home = ""] of passwd) {
    const owner = { uid: numberOf(name, uid), gid: numberOf(name, gid) };
    const real = tree.resolve(home);
    if (home === "" || home === "/dev/null" || real === "") continue;
    const standing = real === undefined ? undefined : tree.get(real);
    if (standing?.type === "directory") continue;
    if (real === undefined || standing !== undefined) throw badHome(name, home);
    const reason = `home directory of ${name}`;
    tree.put({ path: tree.place(real, reason), type: "directory", mode: 0o700, ...owner }, reason);
  }
}

function numberOf(name: string, digits: string): number {
  if (/^\d{1,10}$/.test(digits) && Number(digits) < 2 ** 32) return Number(digits);
  const found = JSON.stringify(digits.slice(0, 50));
  throw new ImageError("IMAGE_CONTENT", `etc/passwd: ${name}: expected a number below 2^32, found ${found}`, {
    hint: "correct the package that brings this file",
    context: { path: "etc/passwd" },
  });
}

function badHome(name: string, home: string): ImageError {
  const shown = JSON.stringify(home.slice(0, 200));
  return new ImageError(
    "IMAGE_ACCOUNT",
    `the home directory ${shown} of ${name} is no directory, or its links go round`,
    {
      hint: "give the account another home",
      context: { path: home.slice(0, 200) },
    },
  );
}
