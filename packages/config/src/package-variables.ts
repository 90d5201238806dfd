import { key, list, mapOf, mapping } from "./collections.ts";
import { decodeNode, openContext, type DecodedBy } from "./decoder.ts";
import type { BuildOption } from "./package-config.ts";
import { buildOption } from "./package-schema.ts";
import type { Place } from "./place.ts";
import { ignoredProblems, type Problems } from "./problems.ts";
import { literalText, placed } from "./scalars.ts";
import { resolveVariables, type Definition, type NamedDefinition } from "./variables.ts";
import type { Scope } from "./variable-rules.ts";
import type { YamlSource } from "./yaml-source.ts";

/**
 * The first look at a package configuration: which variables it defines, before anything that may refer to them is read.
 * The mistakes seen here are reported by the second look, which reads the same keys.
 */

const value = placed(literalText);

/** The keys of `var-transforms`. */
export const varTransform = {
  from: key("from", literalText),
  match: key("match", literalText),
  replace: key("replace", literalText),
  to: key("to", literalText),
};

const definingKeys = mapping("the package configuration", {
  package: key(
    "package",
    mapping("`package`", {
      name: key("name", value),
      version: key("version", value),
      epoch: key("epoch", value),
      description: key("description", value),
    }),
  ),
  vars: key("vars", mapOf(value)),
  varTransforms: key("var-transforms", list(placed(mapping("a transform", varTransform)))),
  options: key("options", mapOf(buildOption)),
  data: key(
    "data",
    list(mapping("an entry of `data`", { name: key("name", literalText), items: key("items", mapOf(literalText)) })),
  ),
});

type DefiningKeys = DecodedBy<typeof definingKeys>;

/** What decides the variables beside the file itself. */
export interface VariableInputs {
  /** From a variables file; they win over `vars`. */
  readonly vars: Readonly<Record<string, string>>;
  /** The build options that are on; their variables win over both. */
  readonly enabledOptions: readonly string[];
}

/** The variables of a file and the data of its ranges. */
export interface PackageVariables {
  readonly scope: Scope;
  /** Every variable's value by its full name. */
  readonly values: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly data: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly options: Readonly<Record<string, BuildOption>>;
}

/** Reads and resolves the variables; cycles and bad patterns are among the problems. */
export function readVariables(source: YamlSource, inputs: VariableInputs, problems: Problems): PackageVariables {
  const found = decodeNode(definingKeys, source.root, { ...openContext(source, ignoredProblems), lenient: true });
  const start = source.placeOf(source.root);
  const vars = overriddenVars(found, inputs, start);
  const definitions = [
    ...packageDefinitions(found.package, start),
    ...varDefinitions(vars),
    ...transformDefinitions(found, start),
  ];
  const lookup = resolveVariables(definitions, problems);
  const names = [...new Set(definitions.map(({ name }) => name))];
  return {
    scope: { lookup, names },
    values: Object.fromEntries(names.map((name) => [name, lookup(name) ?? ""])),
    vars: Object.fromEntries([...vars].map(([name, { template }]) => [name, template])),
    data: new Map(found.data.map(({ name, items }) => [name, items])),
    options: found.options,
  };
}

type Template = Extract<Definition, { kind: "template" }>;

function overriddenVars(found: DefiningKeys, inputs: VariableInputs, start: Place): ReadonlyMap<string, Template> {
  const vars = new Map(
    Object.entries(found.vars).map(([name, each]) => [name, templateOf(each.value, each.place ?? start)]),
  );
  const options = inputs.enabledOptions.map((name) =>
    Object.hasOwn(found.options, name) ? (found.options[name]?.vars ?? {}) : {},
  );
  for (const overrides of [inputs.vars, ...options]) {
    for (const [name, template] of Object.entries(overrides)) vars.set(name, templateOf(template, start));
  }
  return vars;
}

function packageDefinitions(fields: DefiningKeys["package"], start: Place): readonly NamedDefinition[] {
  const { name, version, epoch, description } = fields;
  const place = version.place ?? start;
  return [
    { name: "package.name", definition: templateOf(name.value, name.place ?? start) },
    { name: "package.version", definition: templateOf(version.value, place) },
    { name: "package.epoch", definition: templateOf(epoch.value || "0", epoch.place ?? start) },
    { name: "package.full-version", definition: templateOf("${{package.version}}-r${{package.epoch}}", place) },
    { name: "package.description", definition: templateOf(description.value, description.place ?? start) },
  ];
}

function varDefinitions(vars: ReadonlyMap<string, Template>): readonly NamedDefinition[] {
  return [...vars].map(([name, definition]) => ({ name: `vars.${name}`, definition }));
}

function transformDefinitions(found: DefiningKeys, start: Place): readonly NamedDefinition[] {
  return found.varTransforms.map(({ value: { to, ...rule }, place = start }) => ({
    name: `vars.${to}`,
    definition: { kind: "transform", ...rule, place },
  }));
}

function templateOf(template: string, place: Place): Template {
  return { kind: "template", template, place };
}
