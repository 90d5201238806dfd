import { toApkArch } from "@apkmill/apk";
import type { CompiledPackage } from "./compiled.ts";
import { outputsOf } from "./describe-control.ts";
import { dependencyName, type OrderedConfig } from "./build-order.ts";

/** What a compiled configuration makes and needs, for {@link buildOrder}. */
export function describeOrder(compiled: CompiledPackage): OrderedConfig {
  const outputs = outputsOf(compiled);
  const names = (items: readonly string[]): string[] => items.flatMap(dependencyName);
  return {
    makes: outputs.flatMap(({ name, dependencies }) => [name, ...names(dependencies.provides)]),
    buildsWith: names(compiled.environment.contents.packages),
    runsWith: outputs.flatMap(({ dependencies }) => names(dependencies.runtime)),
  };
}

/** True unless the configuration is for other architectures only. Users write their names in either spelling. */
export function isMeantForArch({ arch, package: { targetArchitecture } }: CompiledPackage): boolean {
  const named = targetArchitecture.filter((name) => name !== "all");
  return named.length < targetArchitecture.length || named.length === 0 || named.map(toApkArch).includes(arch);
}
