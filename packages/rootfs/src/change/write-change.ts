import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { ContentPorts, StoredPackage } from "@apkmill/apk";
import { digestOf, isSystemError } from "@apkmill/core";
import { at, unwritable, type Ground } from "../disk-ground.ts";
import { joinPath, parentOf } from "../entry-path.ts";
import { writeEntries, type WrittenRoot } from "../write-to-disk.ts";
import type { ChangePlan } from "./change.ts";
import { formatJournal, stepsOf, type Journal } from "./journal.ts";
import type { OpenRoot } from "./open-root.ts";
import { journalName } from "./recover.ts";
import { replay, stands } from "./replay.ts";
import { planStaging, stagedName, stagedPath, type Staging } from "./staging.ts";

/**
 * Does to a root on the disk what a plan says. Everything is written beside its place first; then the steps that are left,
 * renames and removals, are noted in the root and done, the database last. A process that is killed before the note leaves
 * the root as it was, but for hidden files that the next change of these folders removes; one that is killed later is
 * finished by whoever opens the root next. No symbolic link is followed.
 *
 * @throws RootfsError ROOTFS_UNWRITABLE, ROOTFS_STALE_PLAN, ROOTFS_BAD_PARENT; CoreError CANCELLED
 */
export async function writeChange(
  ports: ContentPorts,
  plan: ChangePlan,
  packages: readonly StoredPackage[],
  opened: Pick<OpenRoot, "ground" | "view" | "databasePath">,
): Promise<WrittenRoot> {
  const { ground, databasePath } = opened;
  const staging = planStaging(plan.entries, opened.view);
  const unapplied = await stage(ports, packages, staging, opened);
  const journal = describeJournal(plan, staging, opened);
  note(ground, `${databasePath}/${journalName}`, formatJournal(journal));
  replay(ground, journal.steps);
  at(ground, `${databasePath}/${journalName}`, (target) => {
    rmSync(target, { force: true });
  });
  const names = new Map(staging.entries.map(({ path }, index) => [path, plan.entries[index]?.path ?? path]));
  return { unapplied: unapplied.map(({ path, what }) => ({ path: names.get(path) ?? path, what })) };
}

/** Writes everything beside its place; removes it again when that fails. */
async function stage(
  ports: ContentPorts,
  packages: readonly StoredPackage[],
  staging: Staging,
  { ground, view }: Pick<OpenRoot, "ground" | "view">,
): Promise<WrittenRoot["unapplied"]> {
  const folders = new Set(staging.renames.map(({ to }) => parentOf(to)));
  const known = new Set([""]);
  for (const folder of folders) stands(ground, known, folder);
  for (const folder of folders) {
    for (const name of view.namesIn(folder)) if (stagedName.test(name)) discard(ground, joinPath(folder, name));
  }
  try {
    return await writeEntries(ground, ports, packages, staging.entries);
  } catch (cause) {
    for (const { from } of staging.renames) discard(ground, from);
    throw isSystemError(cause) ? unwritable("the root", cause) : cause;
  }
}

/** Whole or absent, and on the disk before the first step is done. */
function note(ground: Ground, path: string, text: string): void {
  const aside = stagedPath(path);
  at(ground, aside, (target) => {
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
    const file = openSync(target, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(target, `${ground.folder}/${path}`);
  });
}

function discard(ground: Ground, path: string): void {
  at(ground, path, (target) => {
    rmSync(target, { recursive: true, force: true });
  });
}

function describeJournal(
  plan: ChangePlan,
  staging: Staging,
  { view, databasePath }: Pick<OpenRoot, "view" | "databasePath">,
): Journal {
  const path = `${databasePath}/installed`;
  const before = view.digestOf(path, "sha256");
  const after = plan.entries.find((entry) => entry.path === path)?.sha256 ?? "";
  return {
    before: before === "" ? digestOf(Buffer.alloc(0)) : `sha256:${before}`,
    after: `sha256:${after}`,
    steps: stepsOf(plan.actions, staging),
  };
}
