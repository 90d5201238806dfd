import { indexSigners, signIndex } from "@apkmill/apk";
import { defineCommand } from "../command.ts";
import { loadOptionKeys, signingKeyOptions } from "./signing-key-options.ts";

export const apkSignIndex = defineCommand({
  summary:
    "Signs an index in place; what it lists stays as it is. One that is signed is left alone unless told otherwise.",
  positionals: "FILE",
  arity: [1, 1],
  example: "apkmill apk sign-index --signing-key acme.rsa packages/x86_64/APKINDEX.tar.gz",
  options: {
    ...signingKeyOptions,
    force: { kind: "flag", short: "f", help: "sign in the place of the signatures that it has" },
    "keep-signatures": { kind: "flag", help: "sign, and keep signatures by other keys behind the new ones" },
  },
  async run(ports, { options, positionals: [path = ""] }) {
    const keep = options["keep-signatures"];
    const keys = await loadOptionKeys(ports, options, "melange.rsa");
    const names = keys.map(({ name }) => name);
    const before = await indexSigners(path, ports.limits);
    if (before.length > 0 && !options.force && !keep) {
      ports.log.warn(`${path} is signed already, by ${before.join(", ")}, and left as it is: --force signs it anew`);
      return {
        json: { index: path, signed: false, keys: before },
        text: `${path}: signed before by ${before.join(", ")}`,
      };
    }
    if (!options["dry-run"]) await signIndex(path, keys, ports.limits, { keep });
    return { json: { index: path, signed: true, keys: names }, text: `${path}: signed by ${names.join(", ")}` };
  },
});
