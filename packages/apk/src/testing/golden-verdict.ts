import { addToWorld, solve } from "../solve.ts";
import { compareVersions, isValidVersion } from "../version.ts";
import type { Repository } from "../repository.ts";
import { parseReport } from "./apk-report.ts";
import type { AddCase, VersionCase } from "./golden-cases.ts";
import { violationsOf } from "./satisfaction.ts";

/** In what an answer of ours agrees with apk's; what a case does not ask is absent. */
export interface Agreement {
  readonly verdict: boolean;
  /** The same packages, in any order. */
  readonly set?: boolean;
  readonly order?: boolean;
  /** Our list is a solution, as {@link violationsOf} judges. */
  readonly satisfied?: boolean;
  /** Every package and name that heads a block of apk's message is named by our reasons. */
  readonly heads?: boolean;
  /** What differs, in a line. */
  readonly difference: string;
}

/** Asks our resolver what apk was asked. */
export function judgeAdd({ add, rc, install, error }: AddCase, repositories: readonly Repository[]): Agreement {
  const world = addToWorld([], add);
  const solution = solve({ repositories, world, arch: "x86_64" });
  const verdict = solution.ok === (rc === 0);
  if (!verdict) {
    const difference = solution.ok ? "we find a solution, apk does not" : "apk finds a solution, we do not";
    return { verdict, ...(rc === 0 ? { set: false, order: false, satisfied: false } : { heads: false }), difference };
  }
  if (!solution.ok) {
    const named = solution.reasons.map((reason) => reason.package ?? reason.constraint);
    const unnamed = parseReport(error).filter(({ head }) => !named.includes(head));
    return {
      verdict,
      heads: unnamed.length === 0 && named.length > 0,
      difference: unnamed.length === 0 ? "" : `our reasons do not name ${unnamed.map(({ head }) => head).join(", ")}`,
    };
  }
  const found = solution.install.map(({ record }) => `${record.name}-${record.version}`);
  const set = [...found].sort().join() === [...install].sort().join();
  const order = found.join() === install.join();
  const violations = violationsOf(
    world,
    solution.install.map(({ record }) => record),
  );
  const difference = [
    ...(set ? [] : [describeSets(found, install)]),
    ...(set && !order ? [describeOrder(found, install)] : []),
    ...violations,
  ].join("; ");
  return { verdict, set, order, satisfied: violations.length === 0, difference };
}

/** Compares two versions as apk was asked to. */
export function judgeVersions({ versions: [a, b], order }: VersionCase): Agreement {
  const words = { "-1": "<", "0": "=", "1": ">" } as const;
  const found = isValidVersion(a) && isValidVersion(b) ? words[`${compareVersions(a, b)}`] : "invalid";
  return { verdict: found === order, difference: found === order ? "" : `we say ${found}, apk says ${order}` };
}

function describeSets(ours: readonly string[], apks: readonly string[]): string {
  const without = (these: readonly string[], those: readonly string[]): string =>
    these.filter((each) => !those.includes(each)).join(" ") || "nothing";
  return `only we install ${without(ours, apks)}; only apk installs ${without(apks, ours)}`;
}

function describeOrder(ours: readonly string[], apks: readonly string[]): string {
  const at = ours.findIndex((each, index) => each !== apks[index]);
  return `package ${at + 1} is ${ours[at] ?? ""} for us and ${apks[at] ?? ""} for apk`;
}
