import type { OptionTable } from "./arguments.ts";
import type { Command } from "./command.ts";
import { globalOptions } from "./global-options.ts";

/** The page that `apkmill NOUN VERB --help` prints. */
export function commandHelp(name: string, command: Command): string {
  return [
    command.summary,
    "",
    `usage: apkmill ${name} [OPTION …]${command.positionals === "" ? "" : ` ${command.positionals}`}`,
    "",
    "options:",
    ...describeOptions(command.options),
    "",
    "options of every command:",
    ...describeOptions(globalOptions),
    "",
    "example:",
    `  ${command.example}`,
  ].join("\n");
}

/** The page that `apkmill` and `apkmill --help` print. */
export function overview(summaries: readonly (readonly [string, string])[]): string {
  const width = Math.max(...summaries.map(([name]) => name.length));
  return [
    "apkmill builds APK packages from melange YAML and OCI images from apko YAML, and publishes them with signed attestations.",
    "",
    "usage: apkmill NOUN VERB [OPTION …] [ARGUMENT …]",
    "",
    ...summaries.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "apkmill NOUN VERB --help says more about each.",
  ].join("\n");
}

function describeOptions(table: OptionTable): string[] {
  const rows = Object.entries(table).map(([name, spec]) => {
    const value = spec.kind === "flag" ? "" : ` ${spec.value ?? spec.kind.toUpperCase()}`;
    const flag = `${spec.short === undefined ? "    " : `-${spec.short}, `}--${name}${value}`;
    const standard = spec.default === undefined || spec.default === false ? "" : ` (default ${String(spec.default)})`;
    return [flag, `${spec.help}${spec.kind === "list" ? "; repeatable" : ""}${standard}`] as const;
  });
  const width = Math.min(40, Math.max(0, ...rows.map(([flag]) => flag.length)));
  return rows.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`);
}
