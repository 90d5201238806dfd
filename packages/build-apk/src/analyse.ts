import { compareBytes } from "@apkmill/core";
import type { PackageOptions } from "@apkmill/config";
import { analyseCommands } from "./analyse-commands.ts";
import { analyseKernel } from "./analyse-kernel.ts";
import { analyseLanguages } from "./analyse-languages.ts";
import { analysePkgConfig } from "./analyse-pkg-config.ts";
import { analyseShebangs } from "./analyse-shebangs.ts";
import { analyseSharedObjects } from "./analyse-shared-objects.ts";
import type { Analyser, AnalysisRequest, Findings } from "./analyser.ts";

const analysers: readonly Analyser[] = [
  analyseSharedObjects,
  analyseCommands,
  analysePkgConfig,
  analyseLanguages,
  analyseShebangs,
  analyseKernel,
];

/**
 * The dependencies and provides of a package: what is declared and what its files say, sorted, without what it provides itself.
 * Source: reference melange §6 (the rules), checked against real trees in the corpora.
 */
export async function analyse(request: AnalysisRequest): Promise<{ depends: string[]; provides: string[] }> {
  const found = await Promise.all(analysers.map((analyser) => analyser(request)));
  const generated = applyOptions(join(found), request.options);
  const provides = sorted([...request.declared.provides, ...generated.provides]);
  const own = new Set(provides.map((item) => item.split("=", 1)[0]));
  const depends = sorted([...request.declared.depends, ...generated.depends]).filter((item) => !own.has(item));
  return { depends, provides };
}

function join(all: readonly Findings[]): Findings {
  const vendored = new Set(all.flatMap((each) => each.vendored));
  return {
    depends: all.flatMap((each) => each.depends).filter((item) => !vendored.has(item)),
    provides: all.flatMap((each) => each.provides),
    vendored: [...vendored],
  };
}

function applyOptions(found: Findings, options: PackageOptions): Findings {
  const keep = (item: string): boolean => !options.noCommands || !item.startsWith("cmd:");
  return {
    depends: options.noDepends ? [] : found.depends.filter(keep),
    provides: options.noProvides ? [] : found.provides.filter(keep),
    vendored: found.vendored,
  };
}

const sorted = (items: readonly string[]): string[] => [...new Set(items)].sort(compareBytes);
