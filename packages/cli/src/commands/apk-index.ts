import { encodeIndex, indexPackages, loadKeyring, loadSigningKey, mergeIndexes, readIndex } from "@apkmill/apk";
import { readFileWithin, writeFileAside } from "@apkmill/core";
import { defineCommand } from "../command.ts";

export const apkIndex = defineCommand({
  summary: "Makes an index of packages, sorted by name and version, and signs it where a key is given.",
  positionals: "FILE…",
  arity: [1, Infinity],
  example: "apkmill apk index -o packages/x86_64/APKINDEX.tar.gz --signing-key acme.rsa packages/x86_64/*.apk",
  options: {
    output: { kind: "text", short: "o", value: "FILE", default: "APKINDEX.tar.gz", help: "where the index goes" },
    source: { kind: "text", short: "s", value: "FILE", help: "an index to begin with" },
    merge: { kind: "flag", short: "m", help: "begin with the index that --output names" },
    arch: {
      kind: "text",
      short: "a",
      value: "ARCH",
      help: "architecture of the folder; packages of another are refused",
    },
    description: { kind: "text", value: "TEXT", default: "", help: "description of the repository" },
    keyring: {
      kind: "list",
      short: "k",
      value: "KEY",
      help: "when given, every package must be signed by one of these keys",
    },
    "signing-key": { kind: "text", value: "FILE", help: "private key that signs the index" },
  },
  async run(ports, { options, positionals }) {
    const { limits } = ports;
    const begin = options.source ?? (options.merge ? options.output : undefined);
    const existing =
      begin === undefined
        ? []
        : readIndex(await readFileWithin(begin, limits.indexBytes), { limits, what: begin }).records;
    const added = await indexPackages(positionals, {
      limits,
      ...(options.keyring.length === 0 ? {} : { keyring: await loadKeyring(ports, options.keyring) }),
      ...(options.arch === undefined ? {} : { arch: options.arch }),
    });
    const records = mergeIndexes(existing, added);
    const keys = options["signing-key"] === undefined ? [] : [await loadSigningKey(options["signing-key"])];
    const bytes = await encodeIndex(records, { description: options.description, keys });
    if (!options["dry-run"]) await writeFileAside(options.output, bytes);
    return {
      json: { index: options.output, packages: records.length, added: added.length, signed: keys.length > 0 },
      text: `${options.output}: ${records.length} packages, ${added.length} of them given, ${keys.length > 0 ? "signed" : "not signed"}`,
    };
  },
});
