import { generateKey } from "@apkmill/apk";
import { pathExists, writeFileAside } from "@apkmill/core";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { readPassphrase } from "./signing-key-options.ts";

export const apkKeygen = defineCommand({
  summary: "Makes an RSA key pair for signing packages and indexes: FILE and FILE.pub.",
  positionals: "[FILE]",
  arity: [0, 1],
  example: "apkmill apk keygen acme.rsa",
  options: {
    "key-size": { kind: "number", default: 4096, help: "bits, 2048 or more" },
    encrypt: { kind: "flag", help: "encrypt the private key with the passphrase in --passphrase-file" },
    "passphrase-file": { kind: "text", value: "FILE", help: "file with the passphrase" },
  },
  async run(_, { options, positionals: [path = "melange.rsa"] }) {
    if (options.encrypt !== (options["passphrase-file"] !== undefined)) {
      throw new CliError("CLI_USAGE", "--encrypt and --passphrase-file go together", {
        hint: "give both for an encrypted key, neither for a plain one",
      });
    }
    const paths = { privateKey: path, publicKey: `${path}.pub` };
    for (const existing of Object.values(paths)) {
      if (await pathExists(existing)) {
        throw new CliError("CLI_USAGE", `${existing} exists already; a key is never overwritten`, {
          hint: "name another file",
        });
      }
    }
    const passphrase = await readPassphrase(options["passphrase-file"]);
    const { privatePem, publicPem } = await generateKey(options["key-size"], { passphrase });
    if (!options["dry-run"]) {
      await writeFileAside(paths.privateKey, privatePem, 0o600);
      await writeFileAside(paths.publicKey, publicPem);
    }
    return { json: paths, text: `wrote ${paths.privateKey} and ${paths.publicKey}` };
  },
});
