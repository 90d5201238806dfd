import { placeWithin, type Place, type TextPlace } from "@apkmill/config";
import { BuildError, type BuildErrorCode } from "./build-error.ts";

/** Where the compiler puts what it finds wrong, so that the user sees all of it at once. */
export interface CompileProblems {
  readonly add: (code: BuildErrorCode, place: Place | undefined, message: string, hint?: string) => void;
  readonly list: () => readonly BuildError[];
}

/** A new, empty collector. The same problem at the same place, as in the subpackages of a range, counts once. */
export function collectCompileProblems(): CompileProblems {
  const found = new Map<string, BuildError>();
  return {
    add: (code, place, message, hint) => {
      const context = place && { file: place.file, line: place.line, column: place.column };
      const identity = JSON.stringify([code, message, context]);
      if (!found.has(identity)) found.set(identity, new BuildError(code, message, { hint, context }));
    },
    list: () => [...found.values()],
  };
}

/** Ends a compilation in which anything was found. @throws BuildError COMPILE_INVALID with `problems` */
export function requireCompiled(problems: CompileProblems, file: string, arch: string): void {
  const found = problems.list();
  const [first] = found;
  if (first === undefined) return;
  const count = found.length === 1 ? "1 problem" : `${String(found.length)} problems`;
  throw new BuildError("COMPILE_INVALID", `cannot compile ${file} for ${arch}: ${count}`, {
    hint: found.length === 1 ? "correct the line named below" : "correct the lines named below",
    context: { file, line: first.context.line, column: first.context.column },
    problems: found,
  });
}

/** The position of the `nth` occurrence of `part` in a text, or what is known of it. */
export function placeOfPart(place: TextPlace | undefined, part: string, nth: number): Place | undefined {
  return place && placeWithin(place, part, nth);
}
