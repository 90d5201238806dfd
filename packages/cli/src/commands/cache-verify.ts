import { formatByteSize } from "@apkmill/core";
import { defineCommand } from "../command.ts";
import { counted } from "../counted.ts";

export const cacheVerify = defineCommand({
  summary:
    "Hashes everything in the store again, whatever it was found to be before. What is damaged is removed, so that it is fetched or computed again; the exit code is 1 when there was any.",
  positionals: "",
  arity: [0, 0],
  example: "apkmill cache verify",
  options: {},
  async run({ store }, { options }) {
    const dryRun = options["dry-run"];
    const { checked, checkedBytes, damaged, leftovers } = await store.verify({ dryRun });
    const verb = dryRun ? "would remove" : "removed";
    const lines = [
      `${store.root}: ${counted(checked, "entry", "entries")}, ${formatByteSize(checkedBytes)}, ${damaged.length} damaged`,
      ...damaged.map((name) => `  ${verb} ${name}`),
      ...(leftovers === 0 ? [] : [`  ${verb} ${counted(leftovers, "file")} that killed processes left`]),
    ];
    return {
      json: { root: store.root, dryRun, checked, checkedBytes, damaged, leftovers },
      text: lines.join("\n"),
      exitCode: damaged.length === 0 ? 0 : 1,
    };
  },
});
