import { createHash } from "node:crypto";
import { parseIndexText } from "../index-text.ts";
import type { InstalledRecord } from "../installed-package.ts";
import type { IndexRecord } from "../package-info.ts";
import type { Repository } from "../repository.ts";
import { solve } from "../solve.ts";
import type { Change } from "../solver/change.ts";
import type { Verb } from "../solver/verb.ts";

/** Small universes for tests of the resolver's rules, written as the text of an index. */

/**
 * A repository of the records in `text`: lines of an APKINDEX, indented as the test likes, records parted by an empty line.
 * Where a record has no `C:`, records of one text are one package. Where it has no `I:`, its installed size is 1, as packages of size 0
 * have rules of their own.
 */
export function repositoryOf(text: string, tag = "", location = "main"): Repository {
  const records = text
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .trim()
    .split(/\n{2,}/)
    .map(
      (record) =>
        `${/^C:/m.test(record) ? "" : `C:${identityOf(record)}\n`}${/^I:/m.test(record) ? "" : "I:1\n"}${record}`,
    );
  return { location, tag, arch: "x86_64", signer: undefined, records: parseIndexText(records.join("\n\n")) };
}

function identityOf(record: string): string {
  const text = record.replace(/^[sf]:.*\n?/gm, "").trim();
  return `Q1${createHash("sha1").update(text).digest("base64")}`;
}

/** What is there to choose from: the text of the only repository, or several repositories, the preferred one first. */
type Universe = string | readonly Repository[];

/** `name-version` of what gets installed, in order, parted by spaces; "none" where there is no solution. `world` as `apk add` takes it. */
export function chosen(universe: Universe, world: string): string {
  const solution = answerOf(universe, world);
  if (!solution.ok) return "none";
  return solution.install.map(({ record }) => `${record.name}-${record.version}`).join(" ");
}

/** The packages and names that our reasons are about, in order, parted by spaces; "none needed" where there is a solution. */
export function blamed(universe: Universe, world: string): string {
  const solution = answerOf(universe, world);
  if (solution.ok) return "none needed";
  return solution.reasons.map((reason) => reason.package ?? reason.constraint).join(" ");
}

function answerOf(universe: Universe, world: string): ReturnType<typeof solve> {
  const repositories = typeof universe === "string" ? [repositoryOf(universe)] : universe;
  return solve({ repositories, world: world.split(" ") });
}

/** A request on a root in which something is installed. */
export interface Situation {
  /** Like an index, with `s:` and `f:` lines for the tag and the flags of what is installed. */
  readonly installed: string;
  readonly offered: Universe;
  /** Constraints, parted by spaces. */
  readonly world: string;
  readonly verb: Verb;
}

/** What apk would do, in order, such as `upgrade a-1 to a-2; remove b-1`; "nothing", or "none" where there is no solution. */
export function changesOf({ installed, offered, world, verb }: Situation): string {
  const repositories = typeof offered === "string" ? (offered === "" ? [] : [repositoryOf(offered)]) : offered;
  const before = world === "" ? [] : world.split(" ");
  return labelChanges(solve({ repositories, installed: installedOf(installed), world: before, verb }));
}

/** What a solution does, in the same words. */
export function labelChanges(solution: ReturnType<typeof solve>): string {
  if (!solution.ok) return "none";
  return solution.changes.map((change) => describe(change)).join("; ") || "nothing";
}

/** What is installed: records with `s:` and `f:` lines. */
export function installedOf(text: string): InstalledRecord[] {
  const texts = text.trim().split(/\n\s*\n/);
  const field = (record: string, letter: string): string =>
    new RegExp(`^\\s*${letter}:(.*)$`, "m").exec(record)?.[1] ?? "";
  return repositoryOf(text).records.map((record, index) => ({
    ...record,
    replaces: [],
    replacesPriority: 0,
    tag: field(texts[index] ?? "", "s"),
    flags: field(texts[index] ?? "", "f"),
  }));
}

function describe(change: Change): string {
  const label = ({ name, version }: IndexRecord): string => `${name}-${version}`;
  switch (change.kind) {
    case "install":
      return `install ${label(change.package.record)}`;
    case "upgrade":
    case "downgrade":
    case "replace":
      return `${change.kind} ${label(change.previous)} to ${label(change.package.record)}`;
    case "reinstall":
    case "remove":
      return `${change.kind} ${label(change.previous)}`;
    case "repin":
      return `repin ${label(change.previous)} to ${change.tag || "no tag"}`;
  }
}
