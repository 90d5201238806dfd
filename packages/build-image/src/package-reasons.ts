import { isMatch, parseDependency, type Dependency, type InstalledPackage } from "@apkmill/apk";
import { isEngineError, requireWithin, type Limits } from "@apkmill/core";

/** Why a package is in an image, as the image's own database and world tell it. */
export interface PackageReason {
  /** Entries of the world that it fulfils, as they are written. */
  readonly world: readonly string[];
  /** Names of the packages that need it, in the order of the database. */
  readonly requiredBy: readonly string[];
  /** Names of packages that are there, and because of which it came along (`install_if`). */
  readonly installIf: readonly string[];
  /** The shortest way from a package of the world to this one, both included; empty where none leads to it. */
  readonly path: readonly string[];
}

/** A constraint that so many fulfil explains none of them further. */
const mostProviders = 8;
/** Longer ways lead through no real set of packages. */
const mostSteps = 64;

/**
 * Name of each package → why it is there. A reason is a constraint that the package fulfils by its own name and version or by
 * what it provides; of several that fulfil one, each is needed as far as anybody can tell from the database.
 * @throws CoreError LIMIT_EXCEEDED
 */
export function explainPackages(
  installed: readonly InstalledPackage[],
  world: readonly string[],
  limits: Limits,
): ReadonlyMap<string, PackageReason> {
  requireExplainable(installed, limits);
  const providers = providersOf(installed);
  const fulfilling = (text: string): readonly string[] => providersFor(providers, text);
  const asked = linksOf(world, (text) => [text], fulfilling);
  const required = linksOf(
    installed,
    ({ depends }) => depends,
    fulfilling,
    ({ name }) => name,
  );
  const paths = shortestPaths(asked, required);
  return new Map(
    installed.map(({ name, installIf }) => [
      name,
      {
        world: asked.get(name) ?? [],
        requiredBy: (required.get(name) ?? []).filter((other) => other !== name),
        installIf: alongWith(installIf, fulfilling),
        path: paths.get(name) ?? [],
      },
    ]),
  );
}

function requireExplainable(installed: readonly InstalledPackage[], limits: Limits): void {
  requireWithin("packages of the installed database", installed.length, limits.records, "records");
  const items = installed.reduce((sum, { depends, provides }) => sum + depends.length + provides.length, 0);
  requireWithin("dependencies of the installed database", items, limits.items, "items");
}

interface Provider {
  readonly name: string;
  /** "" for what is provided without one. */
  readonly version: string;
}

/** Every name that a constraint may have → who provides it. */
function providersOf(installed: readonly InstalledPackage[]): ReadonlyMap<string, readonly Provider[]> {
  const providers = new Map<string, Provider[]>();
  const add = (provided: string, provider: Provider): void => {
    const known = providers.get(provided);
    if (known === undefined) providers.set(provided, [provider]);
    else if (known.length < mostProviders) known.push(provider);
  };
  for (const { name, version, provides } of installed) {
    add(name, { name, version });
    for (const text of provides) {
      const provided = readConstraint(text);
      if (provided !== undefined) add(provided.name, { name, version: provided.version });
    }
  }
  return providers;
}

function providersFor(providers: ReadonlyMap<string, readonly Provider[]>, text: string): readonly string[] {
  const wanted = readConstraint(text);
  if (wanted === undefined || wanted.conflict) return [];
  const found = (providers.get(wanted.name) ?? []).filter(({ version }) => isMatch(wanted, version));
  return [...new Set(found.map(({ name }) => name))];
}

/** A database of others may hold what no resolver reads: it explains nothing. */
function readConstraint(text: string): Dependency | undefined {
  try {
    return parseDependency(text);
  } catch (error) {
    if (isEngineError(error)) return undefined;
    throw error;
  }
}

/** Name of each package that is wanted → who wants it, once each. */
function linksOf<From>(
  all: readonly From[],
  constraintsOf: (from: From) => readonly string[],
  fulfilling: (text: string) => readonly string[],
  nameOf: (from: From) => string = String,
): ReadonlyMap<string, readonly string[]> {
  const links = new Map<string, Set<string>>();
  for (const from of all)
    for (const name of constraintsOf(from).flatMap(fulfilling))
      links.set(name, (links.get(name) ?? new Set<string>()).add(nameOf(from)));
  return new Map([...links].map(([name, wanting]) => [name, [...wanting]]));
}

/** None unless every one of the conditions holds. */
function alongWith(conditions: readonly string[], fulfilling: (text: string) => readonly string[]): readonly string[] {
  const found = conditions.map(fulfilling);
  return found.every((names) => names.length > 0) ? [...new Set(found.flat())] : [];
}

/** Breadth first from what the world names. */
function shortestPaths(
  asked: ReadonlyMap<string, readonly string[]>,
  required: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const needs = new Map<string, string[]>();
  for (const [name, wanting] of required)
    for (const other of wanting) {
      const known = needs.get(other) ?? [];
      known.push(name);
      needs.set(other, known);
    }
  const paths = new Map<string, readonly string[]>([...asked.keys()].map((name) => [name, [name]]));
  for (const [name, path] of paths)
    for (const needed of path.length < mostSteps ? (needs.get(name) ?? []) : [])
      if (!paths.has(needed)) paths.set(needed, [...path, needed]);
  return paths;
}
