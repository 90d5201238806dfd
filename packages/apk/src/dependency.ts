import { ApkError } from "./apk-error.ts";
import { isValidVersion, matchVersion, type VersionOperator } from "./version.ts";

/**
 * One item of a dependency list or a world: `[!]name[@tag][operator version]` (reference apk-formats A6).
 * Signs of an operator may stand in any order (`=<`, `=~`); `><` compares identities instead of versions.
 */
export interface Dependency {
  readonly name: string;
  /** Asks that nothing fulfils the rest of it. */
  readonly conflict: boolean;
  /** "" when any version will do. */
  readonly operator: VersionOperator | "><" | "";
  readonly version: string;
  /** Pinning tag without the `@`; only a world has them. */
  readonly tag: string;
}

const nameForm = /^[A-Za-z0-9._+:,/[\]-]+$/;
const tagForm = /^[A-Za-z0-9._-]+$/;

/** Text → dependency. @throws ApkError APK_BAD_DEPENDENCY */
export function parseDependency(text: string): Dependency {
  const dependency = readDependency(text);
  const problem = problemOf(dependency, text);
  if (problem === undefined) return dependency;
  throw new ApkError("APK_BAD_DEPENDENCY", `cannot read the dependency ${JSON.stringify(text)}: ${problem}`, {
    hint: "write it as name, name=1.2.3, name>=1.2, name~1.2, name@tag or !name",
  });
}

/** Text → dependency; undefined where it cannot be read, for lists in which one bad item is not the reader's fault. */
export function tryDependency(text: string): Dependency | undefined {
  const dependency = readDependency(text);
  return problemOf(dependency, text) === undefined ? dependency : undefined;
}

/** Does a provided version ("" for a provide without one) fulfil what the dependency says of it? `!` is not turned round. */
export function isMatch({ operator, version }: Dependency, provided: string): boolean {
  return operator === "" || (operator !== "><" && matchVersion(provided, operator, version));
}

/** The dependency as it is written. */
export function formatDependency({ conflict, name, tag, operator, version }: Dependency): string {
  return `${conflict ? "!" : ""}${name}${tag === "" ? "" : `@${tag}`}${operator}${version}`;
}

/** Where the name of a dependency or provide ends: before its tag or operator. */
export function nameEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isSign(text.charCodeAt(end)) && text.charCodeAt(end) !== 0x40) end += 1;
  return end;
}

/** Text that is known to be readable → dependency. */
export function readDependency(text: string): Dependency {
  const start = text.startsWith("!") ? 1 : 0;
  const name = nameEnd(text, start);
  let tag = name;
  while (tag < text.length && !isSign(text.charCodeAt(tag))) tag += 1;
  let sign = tag;
  while (sign < text.length && isSign(text.charCodeAt(sign))) sign += 1;
  return {
    name: text.slice(start, name),
    conflict: start === 1,
    operator: operatorOf(text.slice(tag, sign)),
    version: text.slice(sign),
    tag: text.slice(name + 1, tag),
  };
}

function isSign(code: number): boolean {
  return (code >= 0x3c && code <= 0x3e) || code === 0x7e;
}

/** Any run of the signs, read as a set. What means nothing (`<>=`) reads as "", which {@link problemOf} then finds. */
function operatorOf(written: string): Dependency["operator"] {
  if (written === "" || written === "><" || written === "=") return written;
  const has = (sign: string): boolean => written.includes(sign);
  if (has("<") && has(">")) return "";
  if (has("~")) return has("<") ? "<~" : has(">") ? ">~" : "~";
  if (has("<")) return has("=") ? "<=" : "<";
  if (has(">")) return has("=") ? ">=" : ">";
  return "=";
}

function problemOf({ name, operator, version, tag }: Dependency, text: string): string | undefined {
  if (!nameForm.test(name)) return "it has no name of letters, digits and ._+-:,/[]";
  if (text.includes("@") && operator !== "><" && !tagForm.test(tag)) return "its tag is empty or has other signs in it";
  if (operator === "") {
    const rest = text.slice(nameEnd(text, 1) + (tag === "" ? 0 : tag.length + 1));
    return rest === "" ? undefined : `${rest} is not a relation to a version`;
  }
  if (version === "") return `there is no version behind ${operator}`;
  return operator === "><" || isValidVersion(version) ? undefined : `${version} is not a version`;
}
