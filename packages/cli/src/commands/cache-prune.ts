import { formatByteSize, parseByteSize, type PruneResult } from "@apkmill/core";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../counted.ts";

export const cachePrune = defineCommand({
  summary:
    "Removes from the store what was not used for long. What another process that is running may use stays: whatever it or any process has used since an hour before it began.",
  positionals: "",
  arity: [0, 0],
  example: "apkmill cache prune --max-age 30d --max-size 5GiB",
  options: {
    "max-age": { kind: "text", value: "AGE", help: "remove what was not used for so long: 90m, 12h, 30d" },
    "max-size": {
      kind: "text",
      value: "SIZE",
      help: "then remove the longest unused until the rest is no larger: 500MiB, 5GiB",
    },
  },
  async run({ store, now }, { options }) {
    const maxAgeSeconds = readOption("max-age", options["max-age"], parseAge, "a number and s, m, h or d, such as 30d");
    const maxSizeBytes = readOption("max-size", options["max-size"], parseByteSize, "a size such as 500MiB");
    if (maxAgeSeconds === undefined && maxSizeBytes === undefined) {
      throw new CliError("CLI_USAGE", "cache prune: nothing says what may go", {
        hint: "give --max-age, --max-size or both",
      });
    }
    const dryRun = options["dry-run"];
    const result = await store.prune({ maxAgeSeconds, maxSizeBytes, now: now(), dryRun });
    return { json: { root: store.root, dryRun, ...result }, text: resultText(result, dryRun) };
  },
});

function readOption(
  name: string,
  text: string | undefined,
  parse: (text: string) => number | undefined,
  form: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new CliError("CLI_BAD_VALUE", `--${name}: expected ${form}, found ${JSON.stringify(text)}`);
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function parseAge(text: string): number | undefined {
  const [, digits, unit = ""] = /^([0-9]{1,9})([smhd])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (unitSeconds[unit] ?? NaN);
}

function resultText({ removed, removedBytes, kept, keptBytes, inUse }: PruneResult, dryRun: boolean): string {
  const verb = dryRun ? "would remove" : "removed";
  const used = inUse === 0 ? "" : `, ${inUse} of them because a running process may use them`;
  return `${verb} ${counted(removed, "entry", "entries")}, ${formatByteSize(removedBytes)}; kept ${kept}, ${formatByteSize(keptBytes)}${used}`;
}
