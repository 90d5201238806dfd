/**
 * In which order are configurations built, so that each finds in the environment what the others make for it?
 *
 * Contract: a configuration comes after every other one that makes a package of its environment, directly or as a dependency of
 * such a package; otherwise the given order stays. Configurations that need each other in a circle keep the given order among
 * themselves: a repository may have earlier versions, and if none has, resolving the environment says what is missing.
 */

/** What ordering looks at: names only, as constraints and provides are settled by the solver later. */
export interface OrderedConfig {
  /** Names that its packages have or provide. */
  readonly makes: readonly string[];
  /** Names that its build environment asks for. */
  readonly buildsWith: readonly string[];
  /** Names that its packages depend on when installed. */
  readonly runsWith: readonly string[];
}

/** For each configuration the positions of those that must be built before it, in ascending order. */
export function buildNeeds(configs: readonly OrderedConfig[]): readonly (readonly number[])[] {
  const makers = new Map<string, number[]>();
  for (const [position, config] of configs.entries()) {
    for (const name of config.makes) makers.set(name, [...(makers.get(name) ?? []), position]);
  }
  const positionsOf = (names: readonly string[]): number[] => names.flatMap((name) => makers.get(name) ?? []);
  return configs.map(({ buildsWith }, self) => {
    const needed = new Set<number>();
    const queue = positionsOf(buildsWith);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (next === self || needed.has(next)) continue;
      needed.add(next);
      queue.push(...positionsOf(configs[next]?.runsWith ?? []));
    }
    return [...needed].sort((a, b) => a - b);
  });
}

/**
 * The positions of the configurations in waves: those of one wave do not need each other and may be built at once, after the
 * waves before it. Each wave is in ascending order.
 */
export function buildWaves(configs: readonly OrderedConfig[]): number[][] {
  const needs = buildNeeds(configs);
  const waves: number[][] = [];
  let left = [...configs.keys()];
  while (left.length > 0) {
    const waiting = new Set(left);
    const ready = left.filter((position) => !(needs[position] ?? []).some((need) => waiting.has(need)));
    // A circle: its first configuration goes ahead, alone.
    const wave = ready.length > 0 ? ready : left.slice(0, 1);
    waves.push(wave);
    left = left.filter((position) => !wave.includes(position));
  }
  return waves;
}

/** The positions of the configurations in the order to build them one by one. */
export function buildOrder(configs: readonly OrderedConfig[]): number[] {
  const needs = buildNeeds(configs);
  const done = new Set<number>();
  const underWay = new Set<number>();
  const order: number[] = [];
  const visit = (position: number): void => {
    if (done.has(position) || underWay.has(position)) return;
    underWay.add(position);
    for (const need of needs[position] ?? []) visit(need);
    underWay.delete(position);
    done.add(position);
    order.push(position);
  };
  for (const position of configs.keys()) visit(position);
  return order;
}

/** `foo` in `foo>=1.2`, `foo@tag`, `so:libfoo.so.1=1`; nothing for a conflict. */
export function dependencyName(item: string): string[] {
  if (item.startsWith("!")) return [];
  const name = item.split(/[<>=~@]/, 1)[0] ?? "";
  return name === "" ? [] : [name];
}
