import { isAbsolute, relative } from "node:path";
import { error as annotate, setFailed, type AnnotationProperties } from "@actions/core";
import { formatError, isEngineError, type EngineError, type ErrorContext } from "@apkmill/core";
import { inert } from "./runner-log.ts";

/** Annotations that the runner keeps for one step, less one for the failure itself; the rest are in the log. */
const mostAnnotations = 9;

/**
 * Marks the step as failed. Each problem that has a place becomes an annotation in its file; the whole, with hints and
 * reasons, is printed once.
 */
export function reportFailure(failure: unknown): void {
  for (const line of formatError(failure).split("\n")) process.stdout.write(`${inert(line)}\n`);
  for (const problem of placedProblems(failure).slice(0, mostAnnotations))
    annotate(withHint(problem), placeOf(problem));
  setFailed(summaryOf(failure));
}

function placedProblems(failure: unknown): EngineError[] {
  if (!isEngineError(failure)) return [];
  const all = failure.problems.length > 0 ? failure.problems : [failure];
  return all.filter((problem) => problem.context.file !== undefined);
}

function withHint({ message, hint }: EngineError): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

function placeOf({ code, context: { file = "", line, column } }: EngineError): AnnotationProperties {
  return {
    title: code,
    file: inWorkspace(file),
    ...(line === undefined ? {} : { startLine: line }),
    ...(column === undefined ? {} : { startColumn: column }),
  };
}

/** GitHub shows an annotation beside the line only when the path is that of a file of the repository. */
function inWorkspace(file: NonNullable<ErrorContext["file"]>): string {
  const inside = relative(process.env["GITHUB_WORKSPACE"] ?? "", file);
  return isAbsolute(file) && !inside.startsWith("..") ? inside : file;
}

function summaryOf(failure: unknown): string {
  if (isEngineError(failure)) return `${failure.message} [${failure.code}]`;
  return failure instanceof Error ? failure.message : String(failure);
}
