import type { Place } from "./place.ts";
import { ConfigError, type ConfigErrorCode } from "./config-error.ts";

/** Where the readers of one configuration put what they find wrong, so that the user sees all of it at once. */
export interface Problems {
  readonly add: (code: ConfigErrorCode, place: Place, message: string, hint?: string) => void;
  /** Takes over what another collector found. */
  readonly addAll: (found: readonly ConfigError[]) => void;
  /** How often `add` was called. */
  readonly count: () => number;
  /** What was found so far, by file and position. */
  readonly list: () => readonly ConfigError[];
}

/** A new, empty collector. A problem found twice at one position (a range reads its template many times) counts once. */
export function collectProblems(): Problems {
  const found = new Map<string, ConfigError>();
  let added = 0;
  const take = (error: ConfigError): void => {
    added += 1;
    const { file = "", line = 0, column = 0 } = error.context;
    const identity = `${file}\0${String(line)}\0${String(column)}\0${error.code}\0${error.message}`;
    if (!found.has(identity)) found.set(identity, error);
  };
  return {
    add: (code, { file, line, column }, message, hint) => {
      take(new ConfigError(code, message, { hint, context: { file, line, column } }));
    },
    addAll: (errors) => {
      errors.forEach(take);
    },
    count: () => added,
    list: () => [...found.values()].sort(byPosition),
  };
}

/** A collector that forgets: for a first look at nodes that are read again, and reported, later. */
export const ignoredProblems: Problems = {
  add: () => undefined,
  addAll: () => undefined,
  count: () => 0,
  list: () => [],
};

/** Ends the reading of `file`, and of what it includes, when anything was found. @throws ConfigError CONFIG_INVALID with `problems` */
export function requireNoProblems(problems: Problems, file: string): void {
  const found = problems.list();
  const [first] = found;
  if (first === undefined) return;
  const count = found.length === 1 ? "1 problem" : `${String(found.length)} problems`;
  throw new ConfigError("CONFIG_INVALID", `cannot use ${file}: ${count}`, {
    hint: found.length === 1 ? "correct the line named below" : "correct the lines named below",
    context: { file: first.context.file, line: first.context.line, column: first.context.column },
    problems: found,
  });
}

function byPosition(a: ConfigError, b: ConfigError): number {
  const [left, right] = [a.context, b.context];
  if (left.file !== right.file) return (left.file ?? "") < (right.file ?? "") ? -1 : 1;
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0);
}
