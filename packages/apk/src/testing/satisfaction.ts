/**
 * Does a set of packages satisfy a world and itself? Written from reference apk-formats A5, A6 and A10.3 alone: nothing of the
 * engine is used here, so that an error of the engine cannot hide itself. Slow and plain on purpose.
 *
 * What must hold: every constraint of the world and of each package is met by some package of the set, a conflict by none but
 * the one who states it; a name is provided once, or any number of times without a version.
 */
export interface CheckedPackage {
  readonly name: string;
  readonly version: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly checksum: string;
}

interface Offer {
  readonly by: CheckedPackage;
  /** "" for a provide without one. */
  readonly version: string;
}

/** What does not hold, one sentence each; empty for a set that is a solution. */
export function violationsOf(world: readonly string[], packages: readonly CheckedPackage[]): string[] {
  const offers = offersOf(packages);
  const unmet = (by: CheckedPackage | undefined, wanted: readonly string[]): string[] =>
    wanted.filter((text) => !isMet(offers, by, text)).map((text) => `${by?.name ?? "world"} misses ${text}`);
  return [
    ...unmet(undefined, world),
    ...packages.flatMap((each) => unmet(each, each.depends)),
    ...[...offers].filter(([, list]) => isCrowded(list)).map(([name]) => `${name} is provided more than once`),
  ];
}

function offersOf(packages: readonly CheckedPackage[]): Map<string, Offer[]> {
  const offers = new Map<string, Offer[]>();
  for (const by of packages) {
    const own = [by.name, by.version] as const;
    for (const [name, version] of [own, ...by.provides.map((text) => splitItem(text))]) {
      offers.set(name, [...(offers.get(name) ?? []), { by, version }]);
    }
  }
  return offers;
}

function splitItem(text: string): readonly [string, string] {
  const [name = "", version = ""] = text.split(/[<>=~]+/);
  return [name, version];
}

function isCrowded(list: readonly Offer[]): boolean {
  const [first] = list;
  const isOne = list.every(({ by, version }) => by === first?.by && version === first.version);
  return !isOne && list.some(({ version }) => version !== "");
}

function isMet(offers: ReadonlyMap<string, readonly Offer[]>, by: CheckedPackage | undefined, text: string): boolean {
  const [, not, name = "", , signs = "", wanted = ""] =
    /^(!?)([^@<>=~]+)(@[^<>=~]+)?(?:([<>=~]+)(.+))?$/.exec(text) ?? [];
  const fits = (offer: Offer): boolean =>
    signs === "><" ? offer.by.checksum === wanted : signs === "" || holds(offer.version, signs, wanted);
  const list = offers.get(name) ?? [];
  return not === "!" ? list.every((offer) => offer.by === by || !fits(offer)) : list.some(fits);
}

function holds(version: string, signs: string, wanted: string): boolean {
  const order = compare(version, wanted, signs.includes("~"));
  if (order === 0) return /[=~]/.test(signs);
  return signs.includes(order < 0 ? "<" : ">");
}

/** A part of a version: the class of A5, and a value that is compared within it. */
type Part = readonly [kind: number, value: string];

const grammar: readonly (readonly [kind: number, form: RegExp, after: readonly number[]])[] = [
  [0, /^(\d+)/, [-1]],
  [1, /^\.(\d+)/, [0, 1]],
  [2, /^([a-z])/, [0, 1]],
  [3, /^_([a-z]+)/, [0, 1, 2, 3, 4]],
  [4, /^(\d+)/, [3]],
  [5, /^~([0-9a-f]+)/, [0, 1, 2, 3, 4]],
  [6, /^-r(\d+)/, [0, 1, 2, 3, 4, 5]],
];
const suffixes = ["alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"];
const [endKind, invalidKind] = [7, 8];

function partsOf(version: string): Part[] {
  const parts: Part[] = [];
  let rest = version;
  let last = -1;
  while (rest !== "" || last === -1) {
    const found = grammar
      .filter(([, , after]) => after.includes(last))
      .flatMap(([kind, form]) => form.exec(rest)?.slice(0, 2).concat(String(kind)) ?? [])
      .slice(0, 3);
    const [whole = "", value = "", kind = ""] = found;
    if (whole === "" || (kind === "3" && !suffixes.includes(value))) return [...parts, [invalidKind, ""]];
    parts.push([Number(kind), value]);
    last = Number(kind);
    rest = rest.slice(whole.length);
  }
  return [...parts, [endKind, ""]];
}

function compare(a: string, b: string, isPrefix: boolean): number {
  const [x, y] = [partsOf(a), partsOf(b)];
  for (let at = 0; ; at += 1) {
    const [kind, value] = x[at] ?? [endKind, ""];
    const [otherKind, otherValue] = y[at] ?? [endKind, ""];
    if (kind !== otherKind) {
      if (isPrefix && otherKind === endKind) return 0;
      if (kind === 3 && suffixes.indexOf(value) < 4) return -1;
      if (otherKind === 3 && suffixes.indexOf(otherValue) < 4) return 1;
      return otherKind - kind;
    }
    if (kind >= endKind) return 0;
    const order = compareValues(kind, value, otherValue);
    if (order !== 0) return order;
  }
}

function compareValues(kind: number, a: string, b: string): number {
  if (kind === 3) return suffixes.indexOf(a) - suffixes.indexOf(b);
  const isText = kind === 2 || kind === 5 || (kind === 1 && (a.startsWith("0") || b.startsWith("0")));
  if (isText) return a < b ? -1 : Number(a > b);
  return Number(BigInt(a) - BigInt(b));
}
