import { error as annotate, setFailed } from "@actions/core";
import { formatError, isEngineError, type EngineError } from "@apkmill/core";
import { inert } from "./runner-log.ts";

/** Annotations that the runner keeps for one step; the rest are in the log. */
const mostAnnotations = 9;

/**
 * Marks the step as failed. Each problem that has a place becomes an annotation in its file; the whole, with hints and
 * reasons, is printed once.
 */
export function reportFailure(failure: unknown): void {
  formatError(failure)
    .split("\n")
    .forEach((line) => process.stdout.write(`${inert(line)}\n`));
  for (const problem of placedProblems(failure).slice(0, mostAnnotations)) {
    const { file, line, column } = problem.context;
    annotate(problem.hint === undefined ? problem.message : `${problem.message}\n${problem.hint}`, {
      title: problem.code,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { startLine: line }),
      ...(column === undefined ? {} : { startColumn: column }),
    });
  }
  setFailed(
    isEngineError(failure)
      ? `${failure.message} [${failure.code}]`
      : failure instanceof Error
        ? failure.message
        : String(failure),
  );
}

function placedProblems(failure: unknown): EngineError[] {
  if (!isEngineError(failure)) return [];
  const all = failure.problems.length > 0 ? failure.problems : [failure];
  return all.filter((problem) => problem.context.file !== undefined);
}
