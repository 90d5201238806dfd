import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { indexPackages, loadKeyring, updateIndex, type IndexRecord, type UpdatedIndex } from "@apkmill/apk";
import { pathExists, readFileWithin, writeFileAside, type Logger, type Ports } from "@apkmill/core";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../counted.ts";
import { isPackageFolder, packagesIn } from "./package-files.ts";
import { loadOptionKeys, signingKeyOptions } from "./signing-key-options.ts";

export const apkIndex = defineCommand({
  summary:
    "Makes an index of packages, or brings one up to date, sorted by name and version; signs it where a key is given.",
  positionals: "[FILE|DIR…]",
  arity: [0, Infinity],
  example: "apkmill apk index --signing-key acme.rsa packages/x86_64",
  options: {
    output: {
      kind: "text",
      short: "o",
      value: "FILE",
      help: "where the index goes (default: APKINDEX.tar.gz, in the folder where one is given)",
    },
    merge: {
      kind: "flag",
      short: "m",
      help: "begin with the index that is there; only the packages given are read, all other records keep their bytes",
    },
    source: { kind: "text", short: "s", value: "FILE", help: "begin with this index" },
    replace: {
      kind: "flag",
      help: "let a package replace another one of its name and version, which is refused otherwise",
    },
    prune: { kind: "flag", help: "drop records whose package does not stand beside the index any more" },
    verify: { kind: "flag", help: "read the packages whole, and refuse one whose content does not match its hashes" },
    arch: {
      kind: "text",
      short: "a",
      value: "ARCH",
      help: "architecture of the folder: noarch packages are listed under it, others are refused",
    },
    "rewrite-arch": { kind: "text", value: "ARCH", help: "list every package under this architecture" },
    description: {
      kind: "text",
      value: "TEXT",
      help: "description of the repository (default: the one that is there)",
    },
    keyring: {
      kind: "list",
      short: "k",
      value: "KEY",
      help: "when given, every package and the index to begin with must be signed by one of these keys",
    },
    ...signingKeyOptions,
  },
  async run(ports, { options, positionals }) {
    const { limits } = ports;
    const { paths, folder } = await expandArguments(positionals);
    const output = options.output ?? join(folder ?? ".", "APKINDEX.tar.gz");
    const existing = await loadExisting(ports, options, output);
    if (paths.length === 0 && existing === undefined) throw nothingToDo();
    const keys = await loadOptionKeys(ports, options);
    const keyring = options.keyring.length === 0 ? undefined : await loadKeyring(ports, options.keyring);
    const added = await indexPackages(paths, {
      limits,
      verify: options.verify,
      ...(keyring === undefined ? {} : { keyring }),
      ...(options.arch === undefined ? {} : { arch: options.arch }),
    });
    const isBeside = options.prune ? await packageNames(dirname(output)) : undefined;
    const updated = await updateIndex({
      limits,
      existing,
      added,
      keyring,
      keys,
      replace: options.replace,
      arch: options["rewrite-arch"],
      description: options.description,
      ...(isBeside === undefined ? {} : { isKept: (name, version) => isBeside.has(`${name}-${version}.apk`) }),
    });
    const isRewritten = options["rewrite-arch"] !== undefined;
    warn(ports.log, { output, paths, added, updated, isSigned: keys.length > 0, isRewritten });
    const isWritten = existing?.what !== output || !existing.bytes.equals(updated.bytes);
    if (isWritten && !options["dry-run"]) await writeFileAside(output, updated.bytes);
    return describe(output, updated, { given: added.length, isWritten, keys: keys.map(({ name }) => name) });
  },
});

/** The packages that the arguments name, and the folder, where they name one only. */
async function expandArguments(
  positionals: readonly string[],
): Promise<{ readonly paths: readonly string[]; readonly folder: string | undefined }> {
  const folders = await Promise.all(positionals.map(isPackageFolder));
  const paths = await Promise.all(
    positionals.map(async (path, index) => (folders[index] === true ? packagesIn(path) : [path])),
  );
  return { paths: paths.flat(), folder: positionals.length === 1 && folders[0] === true ? positionals[0] : undefined };
}

/** `--merge` begins with nothing where there is no index yet; a source that is named must be there. */
async function loadExisting(
  { limits, log }: Ports,
  { source, merge }: { readonly source: string | undefined; readonly merge: boolean },
  output: string,
): Promise<{ readonly bytes: Buffer; readonly what: string } | undefined> {
  const what = source ?? (merge ? output : undefined);
  if (what === undefined) return undefined;
  if (source === undefined && !(await pathExists(what))) {
    log.info(`there is no ${what} yet: the index begins empty`);
    return undefined;
  }
  return { bytes: await readFileWithin(what, limits.indexBytes, "indexBytes"), what };
}

async function packageNames(folder: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(folder));
}

function nothingToDo(): CliError {
  return new CliError("CLI_USAGE", "neither packages nor an index to begin with are given", {
    hint: "name packages or their folder, or --merge",
  });
}

interface Outcome {
  readonly output: string;
  readonly paths: readonly string[];
  readonly added: readonly IndexRecord[];
  readonly updated: UpdatedIndex;
  readonly isSigned: boolean;
  /** Whether every package is listed under one architecture, whatever it says itself. */
  readonly isRewritten: boolean;
}

/** What a person would want to know before clients find out. */
function warn(log: Logger, { output, paths, added, updated, isSigned, isRewritten }: Outcome): void {
  if (!isSigned && updated.signersBefore.length > 0) {
    log.warn(`${output} was signed by ${updated.signersBefore.join(", ")}, and is not signed any more`);
  }
  const files = new Set(paths.map((path) => basename(path)));
  const misnamed = added.map(({ name, version }) => `${name}-${version}.apk`).filter((file) => !files.has(file));
  if (misnamed.length > 0) {
    log.warn(
      `clients will look for ${counted(misnamed.length, "package")} under other names than their files have, such as ${misnamed[0] ?? ""}`,
    );
  }
  const { length: astray } = isRewritten ? [] : added.filter(({ arch }) => arch === "noarch");
  if (astray > 0 && basename(dirname(resolve(output))) !== "noarch") {
    log.warn(
      `clients will look for ${counted(astray, "package")} in the folder noarch beside this one, as the index says: name the architecture of this folder with --arch`,
    );
  }
}

function describe(
  output: string,
  { packages, added, replaced, removed }: UpdatedIndex,
  { given, isWritten, keys }: { readonly given: number; readonly isWritten: boolean; readonly keys: readonly string[] },
): { readonly json: unknown; readonly text: string } {
  const changes = [
    counted(packages, "package"),
    `${given} of them given`,
    ...(added.length === given ? [] : [`${added.length} new`]),
    ...(replaced.length === 0 ? [] : [`${replaced.length} replaced`]),
    ...(removed.length === 0 ? [] : [`${removed.length} removed`]),
    keys.length > 0 ? `signed by ${keys.join(", ")}` : "not signed",
    ...(isWritten ? [] : ["unchanged"]),
  ];
  return {
    json: {
      index: output,
      packages,
      added: given,
      new: added,
      replaced,
      removed,
      signed: keys.length > 0,
      keys,
      changed: isWritten,
    },
    text: `${output}: ${changes.join(", ")}`,
  };
}
