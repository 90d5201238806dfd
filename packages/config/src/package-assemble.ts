import { assembleGuest, withBuildVariables } from "./build-environment.ts";
import type { DecodedBy } from "./decoder.ts";
import { key, list, mapOf, mapping, requiredKey } from "./collections.ts";
import type { ImageConfig } from "./image-config.ts";
import { imageFile } from "./image-schema.ts";
import type { BuildOption, PackageConfig, PackageSection, Subpackage, TestSection } from "./package-config.ts";
import { buildOption, packageFields, testFields, type PackageFields, type TestFields } from "./package-schema.ts";
import { varTransform, type PackageVariables } from "./package-variables.ts";
import type { Place } from "./place.ts";
import type { Problems } from "./problems.ts";
import { literalText, optional, text } from "./scalars.ts";
import { buildSteps } from "./step-schema.ts";
import { subpackageList, type PlacedSubpackage } from "./subpackage-list.ts";
import { update } from "./update-schema.ts";

/** The root of a package configuration and how its parts become one. Source: reference melange §1.2. */

/** The root's keys; the ranges of `subpackages` need the variables. */
export function packageFile(variables: PackageVariables) {
  return mapping("the package configuration", {
    package: requiredKey("package", packageFields),
    environment: key("environment", imageFile),
    capabilities: key(
      "capabilities",
      mapping("`capabilities`", { add: key("add", list(text)), drop: key("drop", list(text)) }),
    ),
    pipeline: key("pipeline", buildSteps),
    subpackages: key("subpackages", subpackageList(variables)),
    data: key(
      "data",
      list(
        mapping("an entry of `data`", {
          name: requiredKey("name", literalText),
          items: key("items", mapOf(literalText)),
        }),
      ),
    ),
    vars: key("vars", mapOf(literalText)),
    varTransforms: key("var-transforms", list(mapping("a transform", requiredTransform))),
    options: key("options", mapOf(buildOption)),
    update: key("update", update),
    test: key("test", optional(testFields)),
  });
}

const requiredTransform = {
  from: requiredKey("from", varTransform.from.decoder),
  match: requiredKey("match", varTransform.match.decoder),
  replace: requiredKey("replace", varTransform.replace.decoder),
  to: requiredKey("to", varTransform.to.decoder),
};

export type PackageFile = DecodedBy<ReturnType<typeof packageFile>>;

/** What the caller of a load decides. */
export interface AssembleOptions {
  /** The commit that `package.commit` is when the file says nothing. */
  readonly commit: string;
  readonly environmentFiles: readonly Readonly<Record<string, string>>[];
  readonly enabledOptions: readonly string[];
}

/** The configuration; rules that join several keys are checked here. */
export function assemblePackage(
  file: PackageFile,
  variables: PackageVariables,
  options: AssembleOptions,
  place: Place,
  problems: Problems,
): PackageConfig {
  reportSameNames(file, problems);
  const section = assembleSection(file.package, options.commit);
  const environment = withBuildVariables(assembleGuest(file.environment, place, problems), options.environmentFiles);
  const test = file.test && assembleTest(file.test, place, problems);
  return {
    file: place.file,
    package: section,
    environment: applyOptions(environment, variables.options, options.enabledOptions),
    capabilities: file.capabilities,
    pipeline: file.pipeline,
    subpackages: file.subpackages.map((each) => assembleSubpackage(each, section.commit, problems)),
    vars: variables.vars,
    varTransforms: file.varTransforms,
    variables: variables.values,
    options: file.options,
    enabledOptions: options.enabledOptions,
    update: file.update,
    ...(test && { test }),
  };
}

function assembleSection({ checks, ...fields }: PackageFields, commit: string): PackageSection {
  return { ...fields, commit: fields.commit || commit, disabledChecks: checks.disabled };
}

function assembleSubpackage({ fields, place }: PlacedSubpackage, commit: string, problems: Problems): Subpackage {
  const test = fields.test && assembleTest(fields.test, place, problems);
  return {
    if: fields.if.value,
    ...(fields.if.place && { ifPlace: fields.if.place }),
    name: fields.name,
    description: fields.description,
    url: fields.url,
    commit: fields.commit || commit,
    annotations: fields.annotations,
    pipeline: fields.pipeline,
    dependencies: fields.dependencies,
    options: fields.options,
    scriptlets: fields.scriptlets,
    disabledChecks: fields.checks.disabled,
    setcap: fields.setcap,
    ...(test && { test }),
  };
}

function assembleTest(fields: TestFields, place: Place, problems: Problems): TestSection {
  return { environment: assembleGuest(fields.environment, place, problems), pipeline: fields.pipeline };
}

/** The packages of the environment as the enabled options change them. */
function applyOptions(
  environment: ImageConfig,
  options: Readonly<Record<string, BuildOption>>,
  enabled: readonly string[],
): ImageConfig {
  const active = enabled
    .flatMap((name) => (Object.hasOwn(options, name) ? [options[name]] : []))
    .filter((option) => option !== undefined);
  const removed = new Set(active.flatMap((option) => option.removePackages));
  const packages = [...environment.contents.packages, ...active.flatMap((option) => option.addPackages)];
  return {
    ...environment,
    contents: { ...environment.contents, packages: packages.filter((name) => !removed.has(name)) },
  };
}

function reportSameNames(file: PackageFile, problems: Problems): void {
  const seen = new Set([file.package.name]);
  for (const { fields, place } of file.subpackages) {
    if (fields.name !== "" && seen.has(fields.name)) {
      const hint = "give each package of the file its own name";
      problems.add("CONFIG_BAD_VALUE", place, `a second package is named \`${fields.name}\``, hint);
    }
    seen.add(fields.name);
  }
}
