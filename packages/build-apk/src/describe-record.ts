import type { CompiledPackage } from "./compiled.ts";
import { compiledToJson } from "./compiled-json.ts";
import type { ResolvedEnvironment } from "./resolve-environment.ts";
import { compareBytes } from "@apkmill/core";

/**
 * The text of `.melange.yaml`: the compiled configuration with the environment's packages locked to what they were. JSON, which
 * is YAML too: no other notation has one spelling for a value.
 */
export function describeRecord(compiled: CompiledPackage, environment: ResolvedEnvironment): string {
  const packages = environment.packages.map(({ record }) => `${record.name}=${record.version}`).sort(compareBytes);
  const { contents } = compiled.environment;
  const locked = { ...compiled, environment: { ...compiled.environment, contents: { ...contents, packages } } };
  return `${JSON.stringify(compiledToJson(locked), undefined, 2)}\n`;
}
