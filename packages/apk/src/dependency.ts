import { ApkError } from "./apk-error.ts";
import { isValidVersion, matchVersion, type VersionOperator } from "./version.ts";

/**
 * One item of a dependency list: `[!]name[@tag][operator version]` (reference apk-formats A6).
 * Operators may be written in any order (`=<`, `=~`); `><` compares identities instead of versions.
 */
export interface Dependency {
  readonly name: string;
  readonly conflict: boolean;
  /** "" when any version will do. */
  readonly operator: VersionOperator | "><" | "";
  readonly version: string;
  /** Pinning tag without the `@`; only a world has them. */
  readonly tag: string;
}

const form = /^(!?)([A-Za-z0-9._+:,/[\]-]+)(?:@([A-Za-z0-9._-]+))?(?:([<>=~]+)(.+))?$/;

/** Text → dependency. @throws ApkError DEPENDENCY_MALFORMED */
export function parseDependency(text: string): Dependency {
  const [, conflict, name = "", tag = "", written = "", version = ""] =
    form.exec(text) ?? malformed(text, "expected name, name=version, or the like");
  const operator = readOperator(written) ?? malformed(text, `${written} is not a relation of versions`);
  if (operator !== "" && operator !== "><" && !isValidVersion(version)) malformed(text, `${version} is not a version`);
  return { name, conflict: conflict === "!", operator, version, tag };
}

function malformed(text: string, why: string): never {
  throw new ApkError("DEPENDENCY_MALFORMED", `cannot read the dependency ${JSON.stringify(text)}: ${why}`);
}

/** Any run of the signs, as a set; undefined for one that means nothing (`<>`, `<>=`). */
function readOperator(written: string): Dependency["operator"] | undefined {
  if (written === "" || written === "><") return written;
  const has = (sign: string): boolean => written.includes(sign);
  if (has("<") && has(">")) return undefined;
  if (has("~")) return has("<") ? "<~" : has(">") ? ">~" : "~";
  if (has("<")) return has("=") ? "<=" : "<";
  if (has(">")) return has("=") ? ">=" : ">";
  return "=";
}

/** Does a provided version ("" for a provide without one) fulfil what the dependency says of it? Conflicts are not turned round. */
export function isMatch({ operator, version }: Dependency, provided: string): boolean {
  return operator === "" || (operator !== "><" && matchVersion(provided, operator, version));
}

/** The dependency as it is written. */
export function formatDependency({ conflict, name, tag, operator, version }: Dependency): string {
  return `${conflict ? "!" : ""}${name}${tag === "" ? "" : `@${tag}`}${operator}${version}`;
}
