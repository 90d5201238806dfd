import type { ImageConfig } from "@apkmill/config";
import type { Limits } from "@apkmill/core";
import {
  formatAccountLines,
  joinAccountLines,
  keepStanding,
  mergeGroup,
  mergeUser,
  parseAccountLines,
  type AccountPath,
  type Fields,
} from "./account-lines.ts";
import { describeAccounts } from "./configured-accounts.ts";
import { addHomes } from "./homes.ts";
import type { ImageTree } from "./image-tree.ts";
import { putFile, type ReadText } from "./put-file.ts";

/**
 * Adds the configuration's groups and users to `etc/group`, `etc/passwd` and `etc/shadow`, and makes the home directories
 * of all accounts, those of the packages too (reference apko §1.3). Where there are none at all, `etc/passwd` is empty. Returns its
 * lines.
 *
 * An account that a package brought under the same number stays as the package has it, and a group gains the members; under
 * another number the configuration's takes its place: a second line of one name would be one that no lookup finds.
 * @throws ImageError IMAGE_ACCOUNT for what would break a line, and for a home that is no directory · IMAGE_CONTENT for a package's
 * account file with lines of another form · IMAGE_PATH · CoreError LIMIT_EXCEEDED
 */
export async function addAccounts(
  tree: ImageTree,
  config: ImageConfig,
  { readText, limits }: { readonly readText: ReadText; readonly limits: Limits },
): Promise<readonly Fields[]> {
  const { group, passwd, shadow } = describeAccounts(config, limits);
  const extend = async (
    path: AccountPath,
    added: readonly Fields[],
    merge: (standing: Fields, wanted: Fields) => Fields,
    put: { readonly mode?: number; readonly reason: string },
  ): Promise<readonly Fields[]> => {
    const standing = parseAccountLines(path, (await readText(path)) ?? "");
    const lines = joinAccountLines(standing, added, merge);
    putFile(tree, path, formatAccountLines(lines), put);
    return lines;
  };
  if (group.length > 0) await extend("etc/group", group, mergeGroup, { reason: "groups of the configuration" });
  const reason = "users of the configuration";
  if (passwd.length > 0) await extend("etc/shadow", shadow, keepStanding, { mode: 0o640, reason });
  const standing = await readText("etc/passwd");
  const isNew = passwd.length === 0 && standing === undefined;
  const lines =
    passwd.length > 0 || isNew
      ? await extend("etc/passwd", passwd, mergeUser, { reason: isNew ? "no package has accounts" : reason })
      : parseAccountLines("etc/passwd", standing ?? "");
  addHomes(tree, lines);
  return lines;
}

/** The `User` of the image: the number of a name that the image knows, anything else as it was written. */
export function resolveRunAs(runAs: string, passwd: readonly Fields[]): string {
  return passwd.find(([name]) => name === runAs)?.[2] ?? runAs;
}

/** What the user should know: a runtime looks a name up in the image, and starts nothing when it is not there. */
export function warnAboutRunAs(runAs: string, passwd: readonly Fields[]): string[] {
  const [name = ""] = runAs.split(":", 1);
  const isKnown = name === "" || /^\d+$/.test(name) || passwd.some(([known]) => known === name);
  return isKnown ? [] : [`accounts.run-as: the image has no account ${JSON.stringify(name)}`];
}
