import { constants } from "node:os";
import { describeError, exitCodeOf, formatError, isEngineError, nearestNames } from "@apkmill/core";
import { parseArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Command, CommandResult } from "./command.ts";
import { commands } from "./commands.ts";
import { globalOptions } from "./global-options.ts";
import { commandHelp, overview } from "./help.ts";
import { openPorts } from "./open-ports.ts";
import type { Shell } from "./shell.ts";
import { version } from "./version.ts";

/**
 * Runs one command and returns the exit code: 0 done, 1 the input or a verification that says no, 2 a remote,
 * 3 a pipeline or test, 70 a bug; 128 and its number where a signal broke the work off, as in a shell. Results go to stdout, everything
 * else to stderr.
 */
export async function main(shell: Shell): Promise<number> {
  const json = shell.argv.includes("--json");
  try {
    return await dispatch(shell);
  } catch (error) {
    if (json) shell.stdout(`${JSON.stringify({ error: describeError(error) })}\n`);
    else shell.stderr(`${formatError(error)}\n`);
    return (isEngineError(error) && error.code === "CANCELLED" && numberOf(shell.signal)) || exitCodeOf(error);
  }
}

/** The status that stands for the signal of the system that is the reason; undefined where there is none. */
function numberOf({ reason }: AbortSignal): number | undefined {
  const name = reason instanceof Error ? reason.message : "";
  return name in constants.signals ? 128 + constants.signals[name as NodeJS.Signals] : undefined;
}

async function dispatch(shell: Shell): Promise<number> {
  if (shell.argv[0] === "--version" || shell.argv[0] === "version") {
    shell.stdout(`${version}\n`);
    return 0;
  }
  const { name, rest } = splitCommand(shell.argv);
  if (name === undefined) {
    shell.stdout(`${overview(Object.entries(commands).map(([key, { summary }]) => [key, summary]))}\n`);
    return 0;
  }
  const command = await findCommand(name).load();
  const args = parseArguments({ ...command.options, ...globalOptions }, rest);
  if (args.options.help) {
    shell.stdout(`${commandHelp(name, command)}\n`);
    return 0;
  }
  requireArity(name, command.arity, args.positionals.length);
  const ports = await openPorts(shell, args.options);
  try {
    const announce = (result: CommandResult): number => print(shell, result, args.options.json);
    const result = await command.run(ports, args, announce);
    return result === undefined ? 0 : announce(result);
  } finally {
    ports.http.close();
  }
}

/** The longest prefix of argv that names a command; undefined for none at all or a plain request for help. */
function splitCommand(argv: readonly string[]): { name: string | undefined; rest: readonly string[] } {
  const [first, second] = argv;
  if (first === undefined || first === "--help" || first === "-h" || first === "help")
    return { name: undefined, rest: [] };
  const pair = `${first} ${second ?? ""}`.trim();
  return pair in commands && second !== undefined
    ? { name: pair, rest: argv.slice(2) }
    : { name: first in commands ? first : pair, rest: argv.slice(1) };
}

function findCommand(name: string): { load: () => Promise<Command> } {
  const found = commands[name];
  if (found !== undefined) return found;
  const verbs = Object.keys(commands).filter((candidate) => candidate.startsWith(`${name.split(" ")[0] ?? ""} `));
  const [near] = nearestNames(name, Object.keys(commands));
  throw new CliError("CLI_UNKNOWN_COMMAND", `no such command: apkmill ${name}`, {
    hint:
      near !== undefined
        ? `did you mean: apkmill ${near}?`
        : verbs.length > 0
          ? `choose one of: ${verbs.join(", ")}`
          : "see apkmill --help",
  });
}

function requireArity(name: string, [least, most]: readonly [number, number], given: number): void {
  if (given >= least && given <= most) return;
  const wanted = least === most ? String(least) : `${least} to ${most === Infinity ? "any number" : most}`;
  throw new CliError("CLI_USAGE", `apkmill ${name}: expected ${wanted} arguments, found ${given}`, {
    hint: `see apkmill ${name} --help`,
  });
}

function print(shell: Shell, result: CommandResult, json: boolean): number {
  if (!json) {
    if (result.text !== "") shell.stdout(`${result.text}\n`);
  } else if (result.lines === true && Array.isArray(result.json)) {
    for (const value of result.json) shell.stdout(`${JSON.stringify(value)}\n`);
  } else shell.stdout(`${JSON.stringify(result.json)}\n`);
  return result.exitCode ?? 0;
}
