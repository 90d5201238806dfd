import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { nearestNames } from "@apkmill/core";
import { CliError } from "./cli-error.ts";

/**
 * Options as tables: a command lists its options once, and parsing, `--help` and the types of the values follow from it.
 * Lists may be repeated and may be separated by commas, as in melange and apko.
 */
export interface OptionSpec {
  readonly kind: "text" | "list" | "flag" | "number";
  /** What stands for the value in the help: `DIR`, `FILE`, `a|b`. A value with bars is a closed choice. */
  readonly value?: string;
  readonly short?: string;
  readonly help: string;
  readonly default?: string | number | boolean;
  /** Keeps commas inside a value of a list, for values that may hold one. */
  readonly verbatim?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<Spec extends OptionSpec> = Spec["kind"] extends "list"
  ? readonly string[]
  : Spec["kind"] extends "flag"
    ? boolean
    : Spec["kind"] extends "number"
      ? Spec extends { default: number }
        ? number
        : number | undefined
      : Spec extends { default: string }
        ? string
        : string | undefined;

export type ValuesOf<Table extends OptionTable> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

export interface ParsedArguments<Table extends OptionTable> {
  readonly options: ValuesOf<Table>;
  readonly positionals: readonly string[];
  /** What follows `--`; undefined when there is no `--`. */
  readonly rest: readonly string[] | undefined;
}

/** Reads argv by the table. @throws CliError CLI_UNKNOWN_OPTION, CLI_BAD_VALUE, CLI_USAGE */
export function parseArguments<Table extends OptionTable>(
  table: Table,
  argv: readonly string[],
): ParsedArguments<Table> {
  const cut = argv.indexOf("--");
  const { values, positionals } = parseStrictly(table, cut === -1 ? argv : argv.slice(0, cut));
  const options = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [name, readValue(name, spec, values[name])]),
  );
  return { options: options as ValuesOf<Table>, positionals, rest: cut === -1 ? undefined : argv.slice(cut + 1) };
}

type RawValue = string | boolean | (string | boolean)[] | undefined;

function parseStrictly(
  table: OptionTable,
  args: readonly string[],
): { values: Record<string, RawValue>; positionals: string[] } {
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      {
        type: spec.kind === "flag" ? "boolean" : "string",
        multiple: spec.kind === "list",
        ...(spec.short === undefined ? {} : { short: spec.short }),
      },
    ]),
  );
  const joined = joinTexts(args.map((argument) => withoutBooleanValue(table, argument)));
  try {
    return parseArgs({
      args: joined,
      options,
      allowPositionals: true,
      allowNegative: true,
    });
  } catch (cause) {
    throw usageError(table, cause);
  }
}

/** melange and apko write `--generate-index=false`; node's parser knows `--no-generate-index`. */
function withoutBooleanValue(table: OptionTable, argument: string): string {
  const match = /^--([a-z-]+)=(true|false)$/.exec(argument);
  if (match?.[1] === undefined || table[match[1]]?.kind !== "flag") return argument;
  return match[2] === "true" ? `--${match[1]}` : `--no-${match[1]}`;
}

/** A key in PEM begins with dashes: node's parser takes it for a value only where it is one word with its option. */
function joinTexts(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const argument of args) {
    const option = joined.at(-1) ?? "";
    if (!/^\s*-----BEGIN /.test(argument)) joined.push(argument);
    else if (/^--?[a-z-]+$/.test(option)) {
      joined.splice(-1, 1, option.startsWith("--") ? `${option}=${argument}` : `${option}${argument}`);
    } else {
      // The parser's complaint would quote it.
      throw new CliError("CLI_USAGE", "a key stands on the command line without an option before it", {
        hint: "give a public key with --keyring, and never a private one",
      });
    }
  }
  return joined;
}

function usageError(table: OptionTable, cause: unknown): CliError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const unknown = /Unknown option '([^']+)'/.exec(message)?.[1];
  if (unknown === undefined) return new CliError("CLI_USAGE", message.split(".")[0] ?? message, { cause });
  const [near] = nearestNames(unknown.replace(/^-+(no-)?/, ""), Object.keys(table));
  return new CliError("CLI_UNKNOWN_OPTION", `unknown option ${unknown}`, {
    cause,
    hint: near === undefined ? "see --help for the options of this command" : `did you mean --${near}?`,
  });
}

function readValue(
  name: string,
  spec: OptionSpec,
  raw: RawValue,
): string | number | boolean | readonly string[] | undefined {
  switch (spec.kind) {
    case "flag":
      return raw === undefined ? (spec.default ?? false) : raw === true;
    case "list": {
      const given = (Array.isArray(raw) ? raw : []).map(String);
      return spec.verbatim === true
        ? given
        : given.flatMap((value) => value.split(",")).filter((value) => value !== "");
    }
    case "number":
      return raw === undefined ? spec.default : readNumber(name, String(raw));
    case "text":
      return raw === undefined ? spec.default : readChoice(name, spec, String(raw));
  }
}

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new CliError("CLI_BAD_VALUE", `--${name}: expected a whole number, found ${JSON.stringify(text)}`);
  return value;
}

function readChoice(name: string, spec: OptionSpec, text: string): string {
  const choices = spec.value?.includes("|") === true ? spec.value.split("|") : undefined;
  if (choices !== undefined && !choices.includes(text)) {
    throw new CliError("CLI_BAD_VALUE", `--${name}: expected ${choices.join(", ")}, found ${JSON.stringify(text)}`);
  }
  return text;
}
