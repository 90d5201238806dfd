import type { Reason } from "@apkmill/core";
import { adviseAtOdds, adviseMissing } from "./advice.ts";
import { openCandidates } from "./candidates.ts";
import { isAutoSelectable } from "./choose.ts";
import { labelAsker, labelProblems, labelRejection } from "./labels.ts";
import { traceLineage, type Lineage } from "./lineage.ts";
import type { Constraint, Name, Package } from "./model.ts";
import type { Asker, Outcome } from "./outcome.ts";
import { askersOfProvided, problemsOf } from "./problems.ts";

/**
 * Why is this not a solution? What was decided, although it does not fit, is compared with what was asked for: one reason for
 * each chosen package that is at odds with something, and one for each name that is asked for and that the choice does not
 * give. Each says who asks and how the world comes to that, what the candidates were and why each of them fell out, and what
 * would come nearest.
 *
 * These are the packages and names of which apk's own message speaks, in its order (A10.9): what the world misses; then, in
 * the order of installation, each package and what that misses. There is always a reason: where apk finds none ("Huh?"), the
 * packages are named that were chosen although something ruled them out.
 */
export function explain(outcome: Outcome): Reason[] {
  const report = openReport(outcome);
  const reasons = firstOf(allReasons(outcome, report), mostReasons);
  return reasons.length > 0 ? reasons : outcome.world.slice(0, mostReasons).map(report.ruledOut);
}

/** The first values, at most so many; no others are made. */
function firstOf<T>(values: Iterable<T>, most: number): T[] {
  const found: T[] = [];
  for (const value of values) {
    if (found.push(value) >= most) break;
  }
  return found;
}

/** Each is made when it is asked for. */
function* allReasons({ world, install }: Outcome, report: Report): Generator<Reason, void> {
  yield* report.missing(world);
  for (const chosen of install) {
    yield* report.atOdds(chosen);
    yield* report.missing(chosen.depends);
  }
}

/** A hostile index could give a reason for each of its two million items, which no memory holds; nobody reads past the first dozen. */
const mostReasons = 1000;
/** How many of those who ask a reason names. */
const mostAskers = 100;
/** For how many missing names something near is looked for, among all names that there are. */
const mostSuggestions = 10;

interface Report {
  /** A reason for each name that is asked for here, that the choice does not give, and that was not reported before. */
  readonly missing: (asked: readonly Constraint[]) => Iterable<Reason>;
  readonly atOdds: (chosen: Package) => Reason[];
  /** What the world asked for, with the packages that were chosen against the rules. */
  readonly ruledOut: (asked: Constraint) => Reason;
}

function openReport(outcome: Outcome): Report {
  const lineage = traceLineage(outcome);
  const candidatesFor = openCandidates(new Set(outcome.install));
  const reported = new Set<Name>();
  const reportMissing = (name: Name): Reason => {
    reported.add(name);
    return {
      constraint: name.text,
      note: labelMissing(name),
      ...describeAskers(lineage, wishes(outcome.askersOf(name))),
      candidates: candidatesFor(name),
      ...(reported.size > mostSuggestions ? {} : describeHint(adviseMissing(outcome, name))),
    };
  };
  return {
    *missing(asked) {
      for (const { name, dependency } of asked)
        if (!dependency.conflict && !outcome.isPresent(name) && !reported.has(name)) yield reportMissing(name);
    },
    atOdds(chosen) {
      const problems = problemsOf(outcome, chosen);
      if (problems.length === 0) return [];
      const askers = wishes(askersOfProvided(outcome, chosen).map(({ asker }) => asker));
      const names = [...new Set(askers.map(({ constraint }) => constraint.name))];
      return [
        {
          package: chosen.label,
          note: labelProblems(problems),
          ...describeAskers(lineage, askers),
          candidates: names.length === 0 ? candidatesFor(chosen.name) : candidatesFor(...names),
          ...describeHint(adviseAtOdds(lineage, chosen, problems)),
        },
      ];
    },
    ruledOut({ name }) {
      const failed = outcome.install.filter((chosen) => chosen.failed);
      return {
        constraint: name.text,
        note: failed.length === 0 ? "what it needs was ruled out by what else is asked for" : labelFailed(failed),
        ...describeAskers(lineage, outcome.askersOf(name)),
        candidates: candidatesFor(name),
      };
    },
  };
}

function wishes(askers: readonly Asker[]): Asker[] {
  return askers.filter(({ constraint }) => !constraint.dependency.conflict);
}

/** Who asks, the one nearest to the world first; and the way to that one, unless it is the world itself. */
function describeAskers(lineage: Lineage, askers: readonly Asker[]): Pick<Reason, "requiredBy" | "path"> {
  const distanceOf = ({ by }: Asker): number => (by === undefined ? 0 : lineage.distanceTo(by));
  // Written so that two infinite distances are equal, too.
  const sorted = [...askers].sort(
    (a, b) => Number(distanceOf(a) > distanceOf(b)) - Number(distanceOf(a) < distanceOf(b)),
  );
  const nearest = sorted[0]?.by;
  const path = nearest === undefined ? [] : lineage.pathTo(nearest);
  return { requiredBy: sorted.slice(0, mostAskers).map(labelAsker), ...(path.length === 0 ? {} : { path }) };
}

function describeHint(hint: string | undefined): Pick<Reason, "hint"> {
  return hint === undefined ? {} : { hint };
}

function labelMissing({ providers }: Name): string {
  if (providers.length === 0) return "no such package";
  if (providers.every(({ package: provider }) => !provider.isInstallable)) return "no provider can be installed";
  return providers.some(isAutoSelectable) ? "no provider fits" : "one of its providers must be named";
}

function labelFailed(failed: readonly Package[]): string {
  return failed.map((chosen) => `${chosen.label} was taken all the same: ${labelRejection(chosen)}`).join("; ");
}
