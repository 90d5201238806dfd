import { isMatch, parseDependency } from "@apkmill/apk";

/** What a package says of its place in the graph. */
export interface Dependent {
  readonly name: string;
  readonly version: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
}

/**
 * For each package the ones that its dependencies are met by, by their places in the list, each once and in that order. A
 * conflict is no dependency; one that nothing in the list meets gives nothing.
 */
export function dependencyPlaces(packages: readonly Dependent[]): number[][] {
  const providers = providersOf(packages);
  return packages.map(({ depends }, self) => {
    const found = new Set<number>();
    for (const text of depends) {
      if (text.startsWith("!")) continue;
      const candidates = providers.get(nameOf(text)) ?? [];
      const [only, second] = candidates;
      if (second === undefined) {
        if (only !== undefined) found.add(only.place);
      } else for (const place of bestOf(candidates, text)) found.add(place);
    }
    found.delete(self);
    return [...found].sort((a, b) => a - b);
  });
}

interface Provider {
  readonly place: number;
  /** "" for a name that is provided without one. */
  readonly version: string;
  readonly isOwnName: boolean;
}

function providersOf(packages: readonly Dependent[]): Map<string, Provider[]> {
  const providers = new Map<string, Provider[]>();
  const add = (name: string, provider: Provider): void => {
    const others = providers.get(name);
    if (others === undefined) providers.set(name, [provider]);
    else if (others.at(-1)?.place !== provider.place) others.push(provider);
  };
  packages.forEach(({ name, version, provides }, place) => {
    add(name, { place, version, isOwnName: true });
    for (const text of provides) {
      const provided = nameOf(text);
      add(provided, { place, version: text.slice(provided.length + 1), isOwnName: false });
    }
  });
  return providers;
}

/** The package of that very name if it will do, else all that will. */
function bestOf(candidates: readonly Provider[], text: string): number[] {
  const fitting = candidates.filter(({ version }) => meets(version, text));
  const own = fitting.filter(({ isOwnName }) => isOwnName);
  return (own.length > 0 ? own : fitting).map(({ place }) => place);
}

function meets(version: string, text: string): boolean {
  try {
    const dependency = parseDependency(text);
    return dependency.operator === "" || (version !== "" && isMatch(dependency, version));
  } catch {
    return false;
  }
}

/** A name ends where a tag, or an operator with its version, begins. */
function nameOf(text: string): string {
  const end = text.search(/[@<>=~]/);
  return end < 0 ? text : text.slice(0, end);
}
