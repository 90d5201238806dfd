import type { Verb } from "@apkmill/apk";
import type { OptionTable, ValuesOf } from "../arguments.ts";
import { CliError } from "../cli-error.ts";

/** Options of `repo resolve` about what is there already, and what is to be done to it. */
export const resolveOptions = {
  installed: {
    kind: "text",
    value: "FILE",
    help: "resolve on what this database of a root says (lib/apk/db/installed)",
  },
  world: {
    kind: "text",
    value: "FILE",
    help: "the world so far (default: etc/apk/world of the same root; else what of the database nothing else needs)",
  },
  upgrade: {
    kind: "flag",
    short: "u",
    help: "newer versions: as `apk add -u` of the packages named, or as `apk upgrade`",
  },
  latest: { kind: "flag", short: "l", help: "the newest versions that there are, whether they fit or not" },
  available: {
    kind: "flag",
    short: "a",
    help: "as `apk upgrade -a`: what no repository has any more is replaced, be it by older ones",
  },
  prune: { kind: "flag", help: "as `apk upgrade --prune`: the world loses what no repository has" },
  ignore: { kind: "list", value: "PACKAGE", help: "as `apk upgrade --ignore`: these stay as they are" },
  remove: { kind: "flag", help: "as `apk del` of the packages named" },
  recursive: { kind: "flag", help: "with --remove: remove what depends on them as well" },
  lockfile: {
    kind: "text",
    value: "FILE",
    help: "choose only among the packages that this earlier result of --json lists",
  },
} as const satisfies OptionTable;

export type ResolveOptions = ValuesOf<typeof resolveOptions>;

/** What the options ask for. @throws CliError CLI_USAGE for options that do not go together */
export function verbOf(options: ResolveOptions, packages: readonly string[]): Verb {
  const { latest, available, prune, ignore, remove } = options;
  const isUpgrade = available || prune || ignore.length > 0 || (options.upgrade && packages.length === 0);
  if (options.installed === undefined && (isUpgrade || remove))
    throw usage("there is nothing to change without --installed");
  if (remove && (isUpgrade || options.upgrade || latest)) throw usage("--remove goes with no option that upgrades");
  if (options.recursive && !remove) throw usage("--recursive is given without --remove");
  if (isUpgrade) {
    const named = packages.length === 0 ? {} : { packages };
    return { kind: "upgrade", ...named, latest, available, prune, ignore };
  }
  if (remove && packages.length === 0) throw usage("no package to remove is named");
  if (remove) return { kind: "remove", packages, dependants: options.recursive };
  if (packages.length === 0 && options.world === undefined && options.installed === undefined) {
    throw usage("no package is named");
  }
  return { kind: "add", packages, upgrade: options.upgrade, latest };
}

function usage(problem: string): CliError {
  return new CliError("CLI_USAGE", problem, { hint: "see `apkmill repo resolve --help`" });
}
