import { loadSigningKey, signIndex } from "@apkmill/apk";
import { defineCommand } from "../command.ts";

export const apkSignIndex = defineCommand({
  summary: "Signs an index in place, in the place of any signature that it has; its content stays as it is.",
  positionals: "FILE",
  arity: [1, 1],
  example: "apkmill apk sign-index --signing-key acme.rsa packages/x86_64/APKINDEX.tar.gz",
  options: {
    "signing-key": { kind: "text", value: "FILE", default: "melange.rsa", help: "private key" },
  },
  async run({ limits }, { options, positionals: [path = ""] }) {
    const key = await loadSigningKey(options["signing-key"]);
    if (!options["dry-run"]) await signIndex(path, key, limits);
    return { json: { index: path, key: key.name }, text: `${path}: signed by ${key.name}` };
  },
});
