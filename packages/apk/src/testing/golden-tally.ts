import type { Repository } from "../repository.ts";
import type { GoldenFile } from "./golden-cases.ts";
import { universeOf } from "./golden-repositories.ts";
import { judgeAdd, judgeVersions, type Agreement } from "./golden-verdict.ts";

/** What can agree; not every case asks for all of them. */
export const aspects = ["verdict", "set", "order", "satisfied", "heads"] as const;
type Aspect = (typeof aspects)[number];

/** How the answers to one file's cases agree with apk's. */
export interface GoldenTally {
  readonly path: string;
  readonly kind: GoldenFile["kind"];
  readonly cases: number;
  /** Of those cases that ask for it, in how many it agrees; aspects that none asks for are absent. */
  readonly agree: Partial<Record<Aspect, { readonly agreed: number; readonly of: number }>>;
  readonly differences: readonly GoldenDifference[];
}

export interface GoldenDifference {
  readonly path: string;
  /** Of the case in its file, from 1. */
  readonly line: number;
  /** What was asked. */
  readonly asked: string;
  readonly difference: string;
}

/** Judges every `step`-th case of a file; `alpine` are the repositories of cases that bring none of their own. */
export function tallyGoldens(file: GoldenFile, alpine: readonly Repository[], step = 1): GoldenTally {
  const judged = judgeAll(file, alpine).filter((_, index) => index % step === 0);
  const agreements = judged.map(({ judge, ...rest }) => ({ ...rest, agreement: judge() }));
  const agree: GoldenTally["agree"] = {};
  for (const aspect of aspects) {
    const asked = agreements.flatMap(({ agreement }) => agreement[aspect] ?? []);
    if (asked.length > 0) agree[aspect] = { agreed: asked.filter(Boolean).length, of: asked.length };
  }
  const differences = agreements
    .filter(({ agreement }) => !agreesInAll(agreement))
    .map(({ line, asked, agreement }) => ({ path: file.path, line, asked, difference: agreement.difference }));
  return { path: file.path, kind: file.kind, cases: judged.length, agree, differences };
}

interface Judged {
  readonly line: number;
  readonly asked: string;
  readonly judge: () => Agreement;
}

function judgeAll(file: GoldenFile, alpine: readonly Repository[]): Judged[] {
  if (file.kind === "versions") {
    return file.cases.map((each, index) => ({
      line: index + 1,
      asked: each.versions.join(" and "),
      judge: () => judgeVersions(each),
    }));
  }
  return file.cases.map((each, index) => ({
    line: index + 1,
    asked: `add ${each.add.join(" ")}`,
    judge: () => judgeAdd(each, each.repositories === undefined ? alpine : universeOf(each.repositories)),
  }));
}

function agreesInAll(agreement: Agreement): boolean {
  return aspects.every((aspect) => agreement[aspect] !== false);
}
