import type { Ports } from "@apkmill/core";
import type { OptionTable, ParsedArguments } from "./arguments.ts";
import type { globalOptions } from "./global-options.ts";

/** What a command gives back: a JSON value for `--json`, and the text that a person reads. */
export interface CommandResult {
  readonly json: unknown;
  readonly text: string;
  /** For a verification that says no, or tests that failed, without an error being thrown. */
  readonly exitCode?: number;
  /** Print one JSON value a line instead of one value: commands over several files. */
  readonly lines?: boolean;
}

/** One verb of the command line. */
export interface Command<Table extends OptionTable = OptionTable> {
  readonly summary: string;
  /** What stands after the options in the usage line. */
  readonly positionals: string;
  /** Smallest and largest number of positionals. */
  readonly arity: readonly [number, number];
  readonly example: string;
  readonly options: Table;
  /**
   * Sees its own options and those of every command. `announce` prints a result before the command ends, for those that stay in the
   * foreground.
   */
  run(
    ports: Ports,
    args: ParsedArguments<Table & typeof globalOptions>,
    announce: (result: CommandResult) => void,
  ): Promise<CommandResult | undefined>;
}

/** Declares a command; the types of its options follow from its table. The table of all commands forgets which these are. */
export function defineCommand<const Table extends OptionTable>(command: Command<Table>): Command {
  return command;
}
