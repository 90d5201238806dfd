import { formatByteSize, type StoreUsage } from "@apkmill/core";
import { defineCommand } from "../command.ts";

export const cacheInfo = defineCommand({
  summary:
    "Says where the store is, and what it holds: blobs (packages, layers, indexes), facts and tables computed from them.",
  positionals: "",
  arity: [0, 0],
  example: "apkmill cache info --json",
  options: {},
  async run({ store }) {
    const usage = await store.describe();
    return { json: usageJson(usage), text: usageText(usage) };
  },
});

function usageJson({ root, sizeBytes, kinds, oldestUse }: StoreUsage): Record<string, unknown> {
  const { blob, fact, derived } = kinds;
  return { root, sizeBytes, blobs: blob, facts: fact, derived, oldestUse: timeText(oldestUse) ?? null };
}

function usageText({ root, sizeBytes, kinds: { blob, fact, derived }, oldestUse }: StoreUsage): string {
  const line = (name: string, { entries, sizeBytes: bytes }: { entries: number; sizeBytes: number }): string =>
    `  ${name}: ${entries}, ${formatByteSize(bytes)}`;
  return [
    `${root}: ${formatByteSize(sizeBytes)}`,
    line("blobs", blob),
    line("facts", fact),
    line("tables", derived),
    ...(oldestUse === undefined ? [] : [`  longest unused: since ${timeText(oldestUse) ?? ""}`]),
  ].join("\n");
}

function timeText(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}
