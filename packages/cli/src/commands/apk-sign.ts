import { signPackage } from "@apkmill/apk";
import { defineCommand } from "../command.ts";
import { eachPackage } from "./package-files.ts";
import { loadOptionKeys, signingKeyOptions } from "./signing-key-options.ts";

export const apkSign = defineCommand({
  summary: "Signs packages in place, in the place of any signature that they have; their content stays as it is.",
  positionals: "FILE…",
  arity: [1, Infinity],
  example: "apkmill apk sign --signing-key acme.rsa packages/x86_64/*.apk",
  options: {
    ...signingKeyOptions,
    "signing-key": { ...signingKeyOptions["signing-key"], short: "k" },
    "keep-signatures": { kind: "flag", help: "keep signatures by other keys, behind the new ones" },
  },
  async run(ports, { options, positionals }) {
    const keys = await loadOptionKeys(ports, options, "local-melange.rsa");
    const names = keys.map(({ name }) => name);
    return eachPackage(ports, positionals, async (path) => {
      if (!options["dry-run"]) await signPackage(path, keys, ports.limits, { keep: options["keep-signatures"] });
      return { text: `${path}: signed by ${names.join(", ")}`, json: { keys: names } };
    });
  },
});
