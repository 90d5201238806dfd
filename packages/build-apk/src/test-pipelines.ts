import type { CompiledPackage, CompiledStep } from "./compiled.ts";
import type { Output } from "./describe-control.ts";

/** Names of the pipelines that the tests of a package use, its own and those of the main package. */
export function testPipelinesOf(compiled: CompiledPackage, output: Output): Set<string> {
  return new Set([compiled.test, output.test].flatMap((test) => (test === undefined ? [] : usesOf(test.pipeline))));
}

function usesOf(steps: readonly CompiledStep[]): string[] {
  return steps.flatMap((step) => [...(step.uses === "" ? [] : [step.uses]), ...usesOf(step.pipeline)]);
}
