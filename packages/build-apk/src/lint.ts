import { BuildError } from "./build-error.ts";
import { linters, type Linter, type LintSubject } from "./linters.ts";

/** What one linter found in one package. */
export interface LintFinding {
  readonly linter: string;
  readonly package: string;
  /** `[linter] what it found`, as a person reads it. */
  readonly message: string;
  /** Paths in the package, or other particulars, in archive order. */
  readonly details: readonly string[];
  /** True when it ends the build. */
  readonly required: boolean;
}

/** Which linters count how; names as in `linters`. */
export interface LintPolicy {
  /** Required beyond those that are so by default. */
  readonly require?: readonly string[];
  /** Warnings only, even if required by default or switched off. */
  readonly warn?: readonly string[];
  /** The package's own `checks.disabled`: required ones become warnings. */
  readonly disabled: readonly string[];
}

/**
 * Everything that the linters say of a package, in the order of their names.
 * @throws BuildError BUILD_BAD_OPTION for the name of a linter that does not exist
 */
export async function lint(subject: LintSubject, policy: LintPolicy): Promise<LintFinding[]> {
  for (const name of [...(policy.require ?? []), ...(policy.warn ?? []), ...policy.disabled]) requireLinter(name);
  const findings: LintFinding[] = [];
  for (const [name, linter] of Object.entries(linters)) {
    const level = levelOf(name, linter, policy);
    const found = level === "off" ? undefined : await linter.check(subject);
    if (found === undefined) continue;
    const message = `[${name}] ${subject.tree.packageName} ${found[0]}`;
    const required = level === "required";
    findings.push({ linter: name, package: subject.tree.packageName, message, details: found[1], required });
  }
  return findings;
}

/** Ends a build in which a required linter found something. @throws BuildError BUILD_LINT_FAILED with every finding */
export function requireLinted(findings: readonly LintFinding[]): void {
  const problems = findings.filter((finding) => finding.required).map(problemOf);
  const [only] = problems;
  if (only === undefined) return;
  if (problems.length === 1) throw only;
  throw new BuildError("BUILD_LINT_FAILED", `${String(problems.length)} required linters found something`, {
    kind: "pipeline",
    problems,
  });
}

function problemOf({ linter, message, details, package: name }: LintFinding): BuildError {
  return new BuildError("BUILD_LINT_FAILED", `${message}: ${some(details)}`, {
    kind: "pipeline",
    hint: `${linters[linter]?.advice ?? "change the package"}, or list ${linter} under checks.disabled`,
    context: { package: name },
  });
}

function some(details: readonly string[]): string {
  const shown = details.slice(0, 5).join(", ");
  return details.length > 5 ? `${shown} and ${String(details.length - 5)} more` : shown;
}

function levelOf(name: string, linter: Linter, policy: LintPolicy): "required" | "warn" | "off" {
  const required = policy.require?.includes(name) === true || linter.level === "required";
  if (policy.warn?.includes(name) === true || (required && policy.disabled.includes(name))) return "warn";
  return required ? "required" : linter.level;
}

function requireLinter(name: string): void {
  if (name in linters) return;
  throw new BuildError("BUILD_BAD_OPTION", `unknown linter ${JSON.stringify(name)}`, {
    hint: `use one of ${Object.keys(linters).join(", ")}`,
  });
}
