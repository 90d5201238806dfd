import { suggestName } from "@apkmill/core";
import type { Node } from "yaml";
import { replaceInCondition } from "./condition-text.ts";
import type { DecodeContext, TextRules } from "./decoder.ts";
import { placeWithin } from "./place.ts";
import { replaceKnown, scanReferences, type Lookup, type TextPart } from "./references.ts";

/** The variables at one point of a package configuration. */
export interface Scope {
  readonly lookup: Lookup;
  /** Every name that `lookup` knows, for hints. */
  readonly names: readonly string[];
}

/** The scope with more names in front. */
export function extendScope(outer: Scope, values: Readonly<Record<string, string>>): Scope {
  const inner = new Map(Object.entries(values));
  return {
    lookup: (name) => inner.get(name) ?? outer.lookup(name),
    names: [...inner.keys(), ...outer.names],
  };
}

/** The four ways in which texts of a package configuration treat references. */
export function rulesOf(scope: Scope): TextRules {
  return {
    expand: (text) => replaceKnown(text, scope.lookup),
    expandStrictly: (text, node, context) => {
      reportReferences(text, node, context, (name) => problemOfStrict(name, scope));
      return replaceKnown(text, scope.lookup);
    },
    expandForStep: (text, node, context) => {
      reportReferences(text, node, context, (name) => problemOfStep(name, scope));
      return replaceKnown(text, scope.lookup);
    },
    expandCondition: (text, node, context) => {
      reportReferences(text, node, context, (name) => problemOfStep(name, scope));
      return replaceInCondition(text, scope.lookup);
    },
  };
}

/** What the compiler adds for each architecture and package, by the first word. */
const compilerFamilies = ["targets", "context", "subpkg", "host", "cross", "build", "options", "inputs"];
const compilerNames = [
  "package.srcdir",
  "targets.outdir",
  "targets.destdir",
  "targets.contextdir",
  "targets.subpkgdir",
  "context.name",
  "subpkg.name",
  "host.triplet.gnu",
  "host.triplet.rust",
  "build.arch",
  "build.goarch",
];

function problemOfStrict(name: string, scope: Scope): string | undefined {
  if (scope.lookup(name) !== undefined) return undefined;
  if (compilerNames.includes(name)) return `\`${name}\` is known to pipeline steps only; write the value out`;
  return suggestName(name, scope.names, "define it under `vars`");
}

/** A name that neither this file nor any later step of the compiler gives a value. */
function problemOfStep(name: string, scope: Scope): string | undefined {
  if (scope.lookup(name) !== undefined || compilerNames.includes(name)) return undefined;
  if (compilerFamilies.includes(name.split(".", 1)[0] ?? "")) return undefined;
  const otherwise = name.startsWith("range.") ? "give the subpackage a `range`" : "define it under `vars`";
  return suggestName(name, [...scope.names, ...compilerNames], otherwise);
}

function reportReferences(
  text: string,
  node: Node,
  context: DecodeContext,
  hintFor: (name: string) => string | undefined,
): void {
  const seen = new Map<string, number>();
  for (const part of scanReferences(text)) {
    if (part.kind === "literal") continue;
    const nth = seen.get(part.spelling) ?? 0;
    seen.set(part.spelling, nth + 1);
    reportReference(part, nth, node, context, hintFor);
  }
}

type Unresolved = Exclude<TextPart, { kind: "literal" }>;

function reportReference(
  part: Unresolved,
  nth: number,
  node: Node,
  context: DecodeContext,
  hintFor: (name: string) => string | undefined,
): void {
  const place = placeWithin(context.source.textPlaceOf(node), part.spelling, nth);
  if (part.kind === "malformed") {
    context.problems.add(
      "CONFIG_BAD_REFERENCE",
      place,
      "`${{` opens no reference",
      "write `${{name}}`; a name has letters, digits, `.`, `_`, `-`",
    );
    return;
  }
  const hint = hintFor(part.name);
  if (hint !== undefined)
    context.problems.add("CONFIG_UNKNOWN_VARIABLE", place, `unknown variable \`${part.name}\``, hint);
}
