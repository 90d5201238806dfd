import { getInput } from "@actions/core";
import { ActionError } from "./action-error.ts";

/**
 * Inputs of a step, which are always strings: GitHub gives the default of action.yml where the workflow gives nothing.
 * Every reader refuses what it cannot mean, by the input's name.
 */

/** The trimmed text; "" when it was not given. */
export function textInput(name: string): string {
  return getInput(name);
}

/** The trimmed text, which must be there. @throws ActionError ACTION_INPUT */
export function requiredInput(name: string): string {
  const text = getInput(name);
  if (text === "") throw new ActionError("ACTION_INPUT", `input ${name} is empty`, { hint: `set ${name} under with:` });
  return text;
}

/** `true` or `false` as YAML 1.2 writes them; anything else, the empty string too, is refused. @throws ActionError ACTION_INPUT */
export function flagInput(name: string): boolean {
  const text = getInput(name);
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  throw new ActionError("ACTION_INPUT", `input ${name}: expected true or false, found ${JSON.stringify(text)}`);
}

/** One of the given words. @throws ActionError ACTION_INPUT */
export function choiceInput<const Choice extends string>(name: string, choices: readonly Choice[]): Choice {
  const text = getInput(name);
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new ActionError("ACTION_INPUT", `input ${name}: expected ${choices.join(", ")}, found ${JSON.stringify(text)}`);
}

/** A list: one item a line, and commas separate too; comment lines (`#`) and empty items are dropped. */
export function listInput(name: string): string[] {
  return parseList(getInput(name));
}

/** A list whose items may hold commas: one item a line. */
export function linesInput(name: string): string[] {
  return lines(getInput(name));
}

/** Seconds since the epoch: the input, else SOURCE_DATE_EPOCH; undefined when both are empty. @throws ActionError ACTION_INPUT */
export function epochInput(name: string): number | undefined {
  return parseEpoch(`input ${name}`, getInput(name)) ?? parseEpoch("SOURCE_DATE_EPOCH", epochVariable());
}

const epochVariable = (): string => process.env["SOURCE_DATE_EPOCH"]?.trim() ?? "";

function parseEpoch(what: string, text: string): number | undefined {
  if (text === "") return undefined;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new ActionError("ACTION_INPUT", `${what}: expected seconds since the epoch, found ${JSON.stringify(text)}`);
}

/** `key:value` lines as a record; the value may hold colons. @throws ActionError ACTION_INPUT */
export function pairsInput(name: string): Record<string, string> {
  return Object.fromEntries(
    lines(getInput(name)).map((line) => {
      const [, key, value] = /^([^\s:]+):(.*)$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) return [key, value.trim()];
      throw new ActionError("ACTION_INPUT", `input ${name}: expected key:value, found ${JSON.stringify(line)}`);
    }),
  );
}

/** Exported for its table test. */
export function parseList(text: string): string[] {
  return lines(text)
    .flatMap((line) => line.split(","))
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
