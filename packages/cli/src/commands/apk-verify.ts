import { loadKeyring, verifyPackageFile } from "@apkmill/apk";
import { describeError, formatError } from "@apkmill/core";
import { defineCommand } from "../command.ts";

export const apkVerify = defineCommand({
  summary: "Checks packages: the signature, the identity, the data hash and the hash of every file.",
  positionals: "FILE…",
  arity: [1, Infinity],
  example: "apkmill apk verify --keyring acme.rsa.pub packages/x86_64/*.apk",
  options: {
    keyring: { kind: "list", short: "k", value: "KEY", help: "public keys: files, directories or URLs" },
    "allow-untrusted": {
      kind: "flag",
      help: "accept packages without a signature or by an unknown key; all hashes are checked still",
    },
  },
  async run(ports, { options, positionals }) {
    const keyring = await loadKeyring(ports, options.keyring);
    const results = await Promise.all(
      positionals.map(async (file) => {
        try {
          const { control, signer, identity, entries } = await verifyPackageFile(file, keyring, ports.limits, {
            allowUntrusted: options["allow-untrusted"],
          });
          const { name, version, arch } = control;
          return {
            ok: true,
            text: `${file}: ok, ${entries.length} entries, ${signer === undefined ? "not signed by a known key" : `signed by ${signer}`}`,
            json: { file, ok: true, name, version, arch, identity, signer: signer ?? null, entries: entries.length },
          };
        } catch (error) {
          return {
            ok: false,
            text: `${file}: refused: ${formatError(error)}`,
            json: { file, ok: false, error: describeError(error) },
          };
        }
      }),
    );
    return {
      json: results.map(({ json }) => json),
      lines: true,
      text: results.map(({ text }) => text).join("\n"),
      exitCode: results.every(({ ok }) => ok) ? 0 : 1,
    };
  },
});
