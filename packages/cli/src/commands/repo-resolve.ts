import { lockPackage, parseLock, requireSolved, solveLocked, solveRemembered, type Verb } from "@apkmill/apk";
import { readFileWithin, type Ports } from "@apkmill/core";
import { CliError } from "../cli-error.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { changeLines, showChange } from "./install-changes.ts";
import { readDatabase } from "./read-database.ts";
import { openOptionRepositories, repositoryOptions, type OpenedRepositories } from "./repository-options.ts";
import { resolveOptions, verbOf, type ResolveOptions } from "./resolve-options.ts";

export const repoResolve = defineCommand({
  summary: "Says which packages apk would install, upgrade or remove, in its order; or why there is no such set.",
  positionals: "[PACKAGE…]",
  arity: [0, Infinity],
  example: "apkmill repo resolve --arch x86_64 -r ./packages -k acme.rsa.pub 'nginx>1.24'",
  options: { ...repositoryOptions, ...resolveOptions },
  async run(ports, { options, positionals }) {
    const { lockfile } = options;
    if (lockfile !== undefined) return resolveLocked(ports, lockfile, options, positionals);
    const verb = verbOf(options, positionals);
    return resolveVerb(ports, options, verb, await openOptionRepositories(ports, options));
  },
});

async function resolveVerb(
  ports: Ports,
  options: ResolveOptions,
  verb: Verb,
  { repositories, arch }: OpenedRepositories,
): Promise<CommandResult> {
  const { installed, world } = await readDatabase(ports, options);
  const solved = requireSolved(solveRemembered(ports, { repositories, installed, world, verb, arch }));
  const install = solved.install.map(lockPackage);
  if (options.installed === undefined) return { json: { install }, text: labels(install) };
  for (const { name, neededBy } of solved.kept) ports.log.warn(`${name} stays: it is needed by ${neededBy.join(", ")}`);
  const changes = solved.changes.map(showChange);
  return { json: { install, changes, world: solved.world, kept: solved.kept }, text: changeLines(changes).join("\n") };
}

async function resolveLocked(
  ports: Ports,
  lockfile: string,
  options: ResolveOptions & Parameters<typeof openOptionRepositories>[1],
  packages: readonly string[],
): Promise<CommandResult> {
  const other = Object.entries(resolveOptions).find(([name]) => name !== "lockfile" && isGiven(options, name));
  if (other !== undefined) throw new CliError("CLI_USAGE", `--lockfile and --${other[0]} do not go together`);
  const lock = parseLock(
    (await readFileWithin(lockfile, ports.limits.indexBytes, "indexBytes")).toString("utf8"),
    lockfile,
  );
  const { repositories, arch } = await openOptionRepositories(ports, options);
  const wanted = packages.length === 0 ? {} : { world: packages };
  const { install, missing } = solveLocked({ repositories, lock, arch, ...wanted });
  for (const { name, version } of missing) ports.log.warn(`${name}-${version} is locked, and not offered any more`);
  const locked = install.map(lockPackage);
  return { json: { install: locked, ...(missing.length > 0 && { missing }) }, text: labels(locked) };
}

function isGiven(options: ResolveOptions, wanted: string): boolean {
  return Object.entries(options).some(
    ([name, value]) =>
      name === wanted && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0),
  );
}

function labels(packages: readonly { readonly name: string; readonly version: string }[]): string {
  return packages.map(({ name, version }) => `${name}-${version}`).join("\n");
}
