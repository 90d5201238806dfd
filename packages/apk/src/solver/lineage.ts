import { append } from "@apkmill/core";
import { formatDependency } from "../dependency.ts";
import { labelAsker } from "./labels.ts";
import type { Constraint, Package } from "./model.ts";
import type { Asker, Outcome } from "./outcome.ts";

/**
 * How does the world come to a chosen package? The shortest way down from a constraint of the world, each step in apk's form:
 * `world[app]`, `app-1.0-r0[lib>2]`, and `app-1.0-r0[install_if of app-doc]` for what nobody asks for.
 */
export interface Lineage {
  /** Down to the one who brought it in; empty for what only a failed choice has. The middle of a very long way is left out. */
  readonly pathTo: (chosen: Package) => readonly string[];
  /** How many steps that way has; infinitely many where there is none. */
  readonly distanceTo: (chosen: Package) => number;
  /** The constraint of the world that it all begins with. */
  readonly rootOf: (chosen: Package) => string | undefined;
}

interface Step {
  readonly by: Package | undefined;
  /** What it asks for; undefined where install_if brought the package that the step leads to. */
  readonly constraint: Constraint | undefined;
  /** What the world asks for, in the first step. */
  readonly root: string;
  readonly distance: number;
}

/** Steps that are shown from each end of a way. */
const mostSteps = 10;

export function traceLineage(outcome: Outcome): Lineage {
  const steps = stepsTo(outcome);
  return {
    pathTo(chosen) {
      const path: string[] = [];
      for (let to: Package | undefined = chosen; to !== undefined;) {
        const step = steps.get(to);
        if (step !== undefined) path.push(labelStep(step, to));
        to = step?.by;
      }
      path.reverse();
      const between = path.length - 2 * mostSteps;
      if (between < 2) return path;
      return [...path.slice(0, mostSteps), `${between} more`, ...path.slice(-mostSteps)];
    },
    distanceTo: (chosen) => steps.get(chosen)?.distance ?? Infinity,
    rootOf: (chosen) => steps.get(chosen)?.root,
  };
}

function labelStep({ by, constraint }: Step, to: Package): string {
  return constraint === undefined
    ? `${by?.label ?? "world"}[install_if of ${to.name.text}]`
    : labelAsker({ by, constraint });
}

/** By chosen package, who brought it first; breadth first, so that ways are short. */
function stepsTo(outcome: Outcome): Map<Package, Step> {
  const steps = new Map<Package, Step>();
  const queue: Package[] = [];
  const bring = (chosen: Package, step: Step): void => {
    if (steps.has(chosen)) return;
    steps.set(chosen, step);
    queue.push(chosen);
  };
  const bringWanted = ({ by, constraint }: Asker, root: string, distance: number): void => {
    if (constraint.dependency.conflict) return;
    let step: Step | undefined;
    for (const { package: provider } of outcome.providersOf(constraint.name)) {
      if (!steps.has(provider)) bring(provider, (step ??= { by, constraint, root, distance }));
    }
  };
  for (const constraint of outcome.world) {
    bringWanted({ by: undefined, constraint }, formatDependency(constraint.dependency), 1);
  }
  const triggered = triggeredBy(outcome);
  for (let next = 0; next < queue.length; next += 1) {
    const by = queue[next];
    const before = by && steps.get(by);
    if (by === undefined || before === undefined) continue;
    const { root } = before;
    const distance = before.distance + 1;
    for (const constraint of by.depends) bringWanted({ by, constraint }, root, distance);
    for (const each of triggered.get(by) ?? []) bring(each, { by, constraint: undefined, root, distance });
  }
  return steps;
}

/** By chosen package, the others that have it in their install_if; of several that fulfil one condition the first stands for all. */
function triggeredBy(outcome: Outcome): Map<Package, Package[]> {
  const triggered = new Map<Package, Package[]>();
  for (const candidate of outcome.install) {
    for (const { name, dependency } of candidate.installIf) {
      const trigger = dependency.conflict ? undefined : outcome.providersOf(name)[0]?.package;
      if (trigger !== undefined) append(triggered, trigger, candidate);
    }
  }
  return triggered;
}
