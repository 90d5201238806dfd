import { loadKeyring, openPackage, verifyPackage, type VerifiedPackage } from "@apkmill/apk";
import { defineCommand } from "../command.ts";
import { counted } from "../counted.ts";
import { eachPackage } from "./package-files.ts";
import { printable } from "./package-text.ts";

export const apkVerify = defineCommand({
  summary: "Checks packages: the signature, the identity, the data hash and the hash of every file.",
  positionals: "FILE…",
  arity: [1, Infinity],
  example: "apkmill apk verify --keyring acme.rsa.pub packages/x86_64/*.apk",
  options: {
    keyring: { kind: "list", short: "k", value: "KEY", help: "public keys: files, folders, URLs or PEM text" },
    "allow-untrusted": {
      kind: "flag",
      help: "accept packages without a signature or by an unknown key; all hashes are checked still",
    },
  },
  async run(ports, { options, positionals }) {
    const keyring = await loadKeyring(ports, options.keyring);
    const judgement = { allowUntrusted: options["allow-untrusted"] };
    return eachPackage(ports, positionals, async (source) => {
      const { file, what } = await openPackage(ports, source);
      const verified = await verifyPackage(file, what, keyring, ports.limits, judgement);
      return {
        text: printable(
          `${what}: ok, ${counted(verified.entries.length, "entry", "entries")}, ${signerText(verified)}`,
        ),
        json: verdict(verified),
      };
    });
  },
});

function verdict({ control, identity, signer, signatures, entries, format }: VerifiedPackage): Record<string, unknown> {
  const { name, version, arch } = control;
  return { name, version, arch, format, identity, signer: signer ?? null, signatures, entries: entries.length };
}

/** A key may be here under another name than its signature says. */
function signerText({ signer, signatures }: VerifiedPackage): string {
  const names = signatures.flatMap(({ keyName }) => keyName ?? []);
  if (signer === undefined) return names.length === 0 ? "not signed" : `signed by unknown ${names.join(", ")}`;
  return names.length === 0 || names.includes(signer)
    ? `signed by ${signer}`
    : `signed by the key that is here ${signer}, as ${names.join(", ")}`;
}
