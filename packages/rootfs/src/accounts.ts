import type { AccountFiles } from "./plan.ts";

/**
 * Names to numbers, as the root's own account files say at one moment. apk asks here first and falls back on the archived
 * number (reference apk-formats A1): an image numbers its accounts itself, whatever the build machine had.
 */
export interface Accounts {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

/** A root without account files: every owner is as archived. */
export const noAccounts: Accounts = { users: new Map(), groups: new Map() };

/** The accounts after `files` arrived: a file that is there replaces the one before. */
export function withAccountFiles(accounts: Accounts, files: AccountFiles): Accounts {
  return {
    users: files.passwd === undefined ? accounts.users : parseAccountNumbers(files.passwd),
    groups: files.group === undefined ? accounts.groups : parseAccountNumbers(files.group),
  };
}

/** The number of `name`, or `archived` when it is empty or unknown. */
export function numberOf(names: ReadonlyMap<string, number>, name: string, archived: number): number {
  return name === "" ? archived : (names.get(name) ?? archived);
}

/** Name → third field of `passwd(5)` and `group(5)` lines. The first line of a name counts, others are passed over. */
export function parseAccountNumbers(text: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [name, , digits] = line.split(":", 3);
    if (name === undefined || name === "" || numbers.has(name)) continue;
    if (digits !== undefined && /^\d{1,10}$/.test(digits) && Number(digits) < 2 ** 32)
      numbers.set(name, Number(digits));
  }
  return numbers;
}
