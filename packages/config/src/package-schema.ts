import { key, list, mapOf, mapping, requiredKey } from "./collections.ts";
import { decodeNode, placeOf, type DecodedBy, type Decoder } from "./decoder.ts";
import { parseDuration } from "./go-duration.ts";
import { imageFile } from "./image-schema.ts";
import { buildSteps, testSteps } from "./step-schema.ts";
import {
  boolean,
  checked,
  conditionText,
  literalText,
  mapped,
  natural,
  optional,
  placed,
  strictText,
  text,
} from "./scalars.ts";
import {
  cpeFields,
  complainAboutCpe,
  complainAboutCapabilities,
  complainAboutName,
  complainAboutPriority,
} from "./package-rules.ts";

/** The keys of `package`, `subpackages` and `test`, one table for each mapping. Source: reference melange §1.3, §1.4, §1.6. */

const priority = checked(strictText, complainAboutPriority);

const dependencies = mapping("`dependencies`", {
  runtime: key("runtime", list(strictText)),
  provides: key("provides", list(strictText)),
  replaces: key("replaces", list(strictText)),
  providerPriority: key("provider-priority", priority),
  replacesPriority: key("replaces-priority", priority),
});

const options = mapping("`options` of a package", {
  noProvides: key("no-provides", boolean),
  noDepends: key("no-depends", boolean),
  noCommands: key("no-commands", boolean),
  noVersionedShlibDeps: key("no-versioned-shlib-deps", boolean),
});

const trigger = mapping("`trigger`", { script: key("script", text), paths: key("paths", list(text)) });

const scriptlets = mapping("`scriptlets`", {
  trigger: key("trigger", optional(trigger)),
  preInstall: key("pre-install", text),
  postInstall: key("post-install", text),
  preDeinstall: key("pre-deinstall", text),
  postDeinstall: key("post-deinstall", text),
  preUpgrade: key("pre-upgrade", text),
  postUpgrade: key("post-upgrade", text),
});

const checks = mapping("`checks`", { disabled: key("disabled", list(text)) });

const setCapability = mapping("an entry of `setcap`", {
  path: requiredKey("path", text),
  add: requiredKey("add", checked(mapOf(text), complainAboutCapabilities)),
  reason: requiredKey("reason", text),
});

const copyright = mapping("an entry of `copyright`", {
  license: requiredKey("license", text),
  licensePath: key("license-path", text),
  paths: key("paths", list(text)),
  attestation: key("attestation", literalText),
  detectionOverride: key("detection-override", text),
});

const cpe = checked(
  mapped(mapping("`cpe`", cpeFields), (fields) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "")),
  ),
  complainAboutCpe,
);

const resources = mapped(
  mapping("`resources`", {
    cpu: key("cpu", text),
    cpumodel: key("cpumodel", text),
    memory: key("memory", text),
    disk: key("disk", text),
  }),
  (amounts) => Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== "")),
);

const timeout: Decoder<number | undefined> = {
  expected: "a duration such as 1h30m",
  decode: (node, context) => {
    const spelling = decodeNode(text, node, context);
    const durationMs = parseDuration(spelling);
    if (durationMs === undefined) {
      const hint = /^\d+$/.test(spelling)
        ? `write a unit: \`${spelling}s\` or \`${spelling}m\``
        : "write a duration such as `90s` or `1h30m`";
      context.problems.add(
        "CONFIG_WRONG_TYPE",
        placeOf(node, context),
        `expected a duration, found \`${spelling}\``,
        hint,
      );
    }
    return durationMs;
  },
  absent: () => undefined,
};

const packageName = checked(text, complainAboutName);

/** `package`, as the file says it. */
export const packageFields = mapping("`package`", {
  name: requiredKey("name", packageName),
  version: requiredKey("version", text),
  epoch: key("epoch", natural()),
  description: key("description", text),
  url: key("url", text),
  commit: key("commit", text),
  annotations: key("annotations", mapOf(text)),
  targetArchitecture: key("target-architecture", list(text)),
  copyright: key("copyright", list(copyright)),
  dependencies: key("dependencies", dependencies),
  options: key("options", options),
  scriptlets: key("scriptlets", scriptlets),
  checks: key("checks", checks),
  cpe: key("cpe", cpe),
  setcap: key("setcap", list(setCapability)),
  timeoutMs: key("timeout", timeout),
  resources: key("resources", resources),
  testResources: key("test-resources", resources),
});

/** `test`, as the file says it. */
export const testFields = mapping("`test`", {
  environment: key("environment", imageFile),
  pipeline: key("pipeline", testSteps),
});

/** One entry of `subpackages`, as the file says it; `range` is seen to before. */
export const subpackageFields = mapping("a subpackage", {
  if: key("if", placed(conditionText)),
  range: key("range", literalText),
  name: requiredKey("name", packageName),
  description: key("description", text),
  url: key("url", text),
  commit: key("commit", text),
  annotations: key("annotations", mapOf(text)),
  pipeline: key("pipeline", buildSteps),
  dependencies: key("dependencies", dependencies),
  options: key("options", options),
  scriptlets: key("scriptlets", scriptlets),
  checks: key("checks", checks),
  setcap: key("setcap", list(setCapability)),
  test: key("test", optional(testFields)),
});

const names = mapping("names of packages", { add: key("add", list(text)), remove: key("remove", list(text)) });

/** One entry of the root's `options`. */
export const buildOption = mapped(
  mapping("a build option", {
    vars: key("vars", mapOf(literalText)),
    environment: key(
      "environment",
      mapping("`environment` of a build option", {
        contents: key("contents", mapping("`contents` of a build option", { packages: key("packages", names) })),
      }),
    ),
  }),
  ({ vars, environment }) => ({
    vars,
    addPackages: environment.contents.packages.add,
    removePackages: environment.contents.packages.remove,
  }),
);

/** What the tables above read. */
export type PackageFields = DecodedBy<typeof packageFields>;
export type SubpackageFields = DecodedBy<typeof subpackageFields>;
export type TestFields = DecodedBy<typeof testFields>;
