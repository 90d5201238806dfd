import { loadSigningKey, signPackage } from "@apkmill/apk";
import { defineCommand } from "../command.ts";

export const apkSign = defineCommand({
  summary: "Signs packages in place, in the place of any signature that they have; their content stays as it is.",
  positionals: "FILE…",
  arity: [1, Infinity],
  example: "apkmill apk sign --signing-key acme.rsa packages/x86_64/*.apk",
  options: {
    "signing-key": { kind: "text", short: "k", value: "FILE", default: "local-melange.rsa", help: "private key" },
  },
  async run(_, { options, positionals }) {
    const key = await loadSigningKey(options["signing-key"]);
    if (!options["dry-run"]) for (const path of positionals) await signPackage(path, key);
    return {
      json: { signed: positionals, key: key.name },
      text: positionals.map((path) => `${path}: signed by ${key.name}`).join("\n"),
    };
  },
});
