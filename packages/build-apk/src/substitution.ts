import { suggestName } from "@apkmill/core";
import { replaceInCondition, scanReferences, type Lookup, type TextPlace } from "@apkmill/config";
import { placeOfPart, type CompileProblems } from "./compile-problems.ts";

/**
 * The compiler's substitution (phase B): every `${{name}}` must have a value by now. Values are put in once; what they contain is
 * not looked at again. Source: reference melange §1.8.
 */

/** The variables at one point of a pipeline. */
export interface Scope {
  readonly lookup: Lookup;
  /** All names that `lookup` knows, for hints. */
  readonly names: () => readonly string[];
}

/** The scope of a plain record of values. */
export function scopeOf(values: Readonly<Record<string, string>>): Scope {
  const known = new Map(Object.entries(values));
  return { lookup: (name) => known.get(name), names: () => [...known.keys()] };
}

/** The scope with the names of `inner` in front. */
export function extendScope(outer: Scope, inner: Scope): Scope {
  return {
    lookup: (name) => inner.lookup(name) ?? outer.lookup(name),
    names: () => [...inner.names(), ...outer.names()],
  };
}

/** The text with its values in place; references without a value are reported, and stay. */
export function substitute(
  text: string,
  scope: Scope,
  place: TextPlace | undefined,
  problems: CompileProblems,
): string {
  reportUnresolved(text, scope, place, problems);
  return scanReferences(text)
    .map((part) => (part.kind === "reference" ? (scope.lookup(part.name) ?? part.spelling) : part.spelling))
    .join("");
}

/** A condition with its values in place: quoted where they stand outside quotes. Reports as {@link substitute} does. */
export function substituteCondition(
  text: string,
  scope: Scope,
  place: TextPlace | undefined,
  problems: CompileProblems,
): string {
  reportUnresolved(text, scope, place, problems);
  return replaceInCondition(text, scope.lookup);
}

function reportUnresolved(text: string, scope: Scope, place: TextPlace | undefined, problems: CompileProblems): void {
  const seen = new Map<string, number>();
  for (const part of scanReferences(text)) {
    const nth = seen.get(part.spelling) ?? 0;
    seen.set(part.spelling, nth + 1);
    if (part.kind === "malformed") {
      const hint = "write `${{name}}`; a name has letters, digits, `.`, `_`, `-`";
      problems.add("COMPILE_BAD_REFERENCE", placeOfPart(place, part.spelling, nth), "`${{` opens no reference", hint);
    } else if (part.kind === "reference" && scope.lookup(part.name) === undefined) {
      const at = placeOfPart(place, part.spelling, nth);
      problems.add("COMPILE_UNKNOWN_VARIABLE", at, `unknown variable \`${part.name}\``, hintFor(part.name, scope));
    }
  }
}

function hintFor(name: string, scope: Scope): string {
  if (name.startsWith("subpkg.") || name === "targets.subpkgdir") return "use it in the pipeline of a subpackage only";
  const otherwise = name.startsWith("inputs.") ? "declare it under `inputs`" : "define it under `vars`";
  return suggestName(name, scope.names(), otherwise) ?? otherwise;
}
