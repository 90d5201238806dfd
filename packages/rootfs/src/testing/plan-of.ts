import type { StoredPackage } from "@apkmill/apk";
import { planInstall } from "../plan-install.ts";
import type { InstallPlan, InstallRequest, PlannedEntry } from "../plan.ts";

/** The plan of these packages in order, with an empty world, unless `more` says otherwise. */
export function planOf(packages: readonly StoredPackage[], more: Partial<InstallRequest> = {}): InstallPlan {
  return planInstall({ packages, accountFiles: new Map(), world: [], arch: "x86_64", ...more });
}

/** The entry at `path`. @throws Error when there is none */
export function entryAt(plan: InstallPlan, path: string): PlannedEntry {
  const found = plan.entries.find((entry) => entry.path === path);
  if (found === undefined) throw new Error(`nothing is planned at ${path}`);
  return found;
}

/** The text of a generated file. @throws Error when it is not generated */
export function textAt(plan: InstallPlan, path: string): string {
  const { source } = entryAt(plan, path);
  if (source.kind !== "generated") throw new Error(`${path} is not generated`);
  return Buffer.from(source.content).toString("utf8");
}

/** Paths that packages brought, in order. */
export function pathsOf(plan: InstallPlan): string[] {
  return plan.entries.filter(({ source }) => source.kind === "package").map(({ path }) => path);
}
