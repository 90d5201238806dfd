import type { CompiledStep } from "./compiled.ts";

/** Where the workspace stands inside; what `package.srcdir` is. */
export const workspaceFolder = "/home/build";

const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin";

/**
 * What `/bin/sh -c` is given for a step: stop at the first failure, also in a pipe where the shell can tell; make files as
 * every other machine does; begin in the step's folder. A fragment that ends in a false condition has not failed.
 */
export function stepScript(step: Pick<CompiledStep, "script" | "workingDirectory">, { trace = false } = {}): string {
  const folder = quoted(stepFolder(step));
  return [
    "umask 022",
    `set -e${trace ? "x" : ""}`,
    "if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi",
    `[ -d ${folder} ] || mkdir -p ${folder}`,
    `cd ${folder}`,
    step.script,
    "exit 0",
  ].join("\n");
}

/** The absolute folder that a step runs in. */
export function stepFolder({ workingDirectory }: Pick<CompiledStep, "workingDirectory">): string {
  if (workingDirectory === "") return workspaceFolder;
  return workingDirectory.startsWith("/") ? workingDirectory : `${workspaceFolder}/${workingDirectory}`;
}

/**
 * A step's variables: the environment's, above them the search path, above all the step's own and its ancestors'.
 * SOURCE_DATE_EPOCH is the build's unless the configuration has its own.
 */
export function stepEnvironment(
  environment: Readonly<Record<string, string>>,
  step: Pick<CompiledStep, "environment">,
  buildTime: number,
): Record<string, string> {
  return { SOURCE_DATE_EPOCH: String(buildTime), ...environment, PATH: searchPath, ...step.environment };
}

/** A word for the shell, whatever it holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
