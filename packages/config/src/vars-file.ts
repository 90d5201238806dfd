import type { Limits } from "@apkmill/core";
import { mapOf } from "./collections.ts";
import { readConfigText } from "./config-file.ts";
import { decodeNode, openContext } from "./decoder.ts";
import { collectProblems, requireNoProblems } from "./problems.ts";
import { literalText } from "./scalars.ts";
import { parseYaml } from "./yaml-source.ts";

/**
 * The variables of a `--vars-file`: one YAML mapping of names to values.
 * @throws ConfigError CONFIG_INVALID; CoreError FILE_UNREADABLE
 */
export async function loadVariablesFile(path: string, limits: Limits): Promise<Readonly<Record<string, string>>> {
  return parseVariables(await readConfigText(path, limits), path, limits);
}

/** See {@link loadVariablesFile}. @throws ConfigError CONFIG_INVALID */
export function parseVariables(text: string, file: string, limits: Limits): Readonly<Record<string, string>> {
  const problems = collectProblems();
  const source = parseYaml(file, text, limits, problems);
  const vars = source === undefined ? {} : decodeNode(mapOf(literalText), source.root, openContext(source, problems));
  requireNoProblems(problems, file);
  return vars;
}
