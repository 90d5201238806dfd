import { compareProviders, isAutoSelectable, isTagAllowed } from "./choose.ts";
import { discoverAll } from "./discover.ts";
import { Undecided } from "./queue.ts";
import { fulfils, type Bound, type Name, type Package, type Provider, type Universe } from "./universe.ts";

/**
 * Which package does each name get? apk's algorithm, from the rules of reference apk-formats A10.
 *
 * Contract: afterwards every name that matters is locked to a provider or to nothing; names and packages that could not be
 * reconciled are marked as failed. Nothing is ever undone: a wrong verdict of the real apk would be a wrong verdict here.
 *
 * Steps: discover all names and give them their order; apply the world's constraints; then, as long as there is one, reconsider
 * names whose providers changed, and decide the next undecided name. Applying a constraint disqualifies what does not fulfil it,
 * which makes other names reconsider.
 */
export function search(universe: Universe): void {
  new Search(universe).run();
}

class Search {
  readonly #universe: Universe;
  readonly #dirty: Name[] = [];
  #dirtyFrom = 0;
  readonly #undecided = new Undecided();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  run(): void {
    const { world } = this.#universe;
    const asked = new Set(world.map(({ name }) => name));
    discoverAll([...asked], asked);
    for (const constraint of world) this.#apply(undefined, constraint);
    for (let name = this.#next(); name !== undefined; name = this.#next()) this.#decide(name);
  }

  /** Reconsiders until nothing is dirty, then takes the next name to decide. */
  #next(): Name | undefined {
    for (; this.#dirtyFrom < this.#dirty.length; this.#dirtyFrom += 1) {
      const name = this.#dirty[this.#dirtyFrom];
      if (name === undefined) continue;
      name.dirty = false;
      this.#reconsider(name);
    }
    this.#dirty.length = this.#dirtyFrom = 0;
    return this.#undecided.take();
  }

  /** One more constraint holds: it wants its name, and disqualifies the providers that do not fulfil it. */
  #apply(by: Package | undefined, constraint: Bound): void {
    const { name, dependency } = constraint;
    if (!dependency.conflict) {
      name.requirers += 1;
      if (name.requirers === 1) this.#wanted(name);
    }
    const tag = dependency.tag === "" ? 0 : (this.#universe.tagBit(dependency.tag) ?? 0);
    for (const provider of name.providers) {
      const candidate = provider.package;
      if (!fulfils(constraint, provider, by)) {
        candidate.conflicts += 1;
        this.#disqualify(candidate);
        continue;
      }
      if (dependency.conflict) continue;
      this.#inheritTags(candidate, (by?.allowedTags ?? 1) | tag, tag);
    }
  }

  #inheritTags(candidate: Package, allowed: number, preferred: number): void {
    if (preferred !== 0) candidate.preferredTags = preferred;
    if ((candidate.allowedTags | allowed) === candidate.allowedTags) return;
    candidate.allowedTags |= allowed;
    this.#touch(candidate.name);
    for (const { name } of candidate.provides) this.#touch(name);
  }

  #wanted(name: Name): void {
    this.#undecided.file(name);
    this.#recheckInstallIf(name);
    this.#touch(name);
  }

  /** The name's providers may have changed in number or kind. */
  #touch(name: Name): void {
    if (!name.seen || name.locked || name.dirty || (name.requirers === 0 && !name.recheckInstallIf)) return;
    name.dirty = true;
    this.#dirty.push(name);
  }

  #disqualify(candidate: Package): void {
    if (!candidate.selectable) return;
    candidate.selectable = false;
    for (const name of namesOf(candidate)) {
      this.#recheckDependants(name);
      this.#touch(name);
    }
  }

  #recheckDependants(name: Name): void {
    for (const dependant of name.dependants) {
      if (!dependant.seen) continue;
      dependant.recheckDepends = true;
      this.#touch(dependant);
    }
  }

  #recheckInstallIf(name: Name): void {
    for (const dependant of name.installIfDependants) {
      if (!dependant.seen) continue;
      dependant.recheckInstallIf = true;
      this.#touch(dependant);
    }
  }

  /** Looks at the providers that are left, drops the impossible, and makes what all of them share a constraint now. */
  #reconsider(name: Name): void {
    if (name.locked) return;
    const { recheckDepends, recheckInstallIf } = name;
    name.recheckDepends = name.recheckInstallIf = false;
    const candidates: Provider[] = [];
    for (const provider of name.providers) {
      const candidate = provider.package;
      candidate.merged = false;
      if (!candidate.selectable) continue;
      if (recheckDepends && candidate.depends.some((depend) => this.#isImpossible(candidate, depend))) {
        this.#disqualify(candidate);
        continue;
      }
      if (recheckInstallIf) this.#checkInstallIf(candidate);
      if (name.requirers === 0 && !candidate.triggered) continue;
      candidate.merged = true;
      candidates.push(provider);
    }
    name.hasTriggered = candidates.some((provider) => provider.package.triggered);
    name.hasAutoSelectable = candidates.some(isAutoSelectable);
    this.#mergeCommon(name, candidates);
    name.resolveNow = name.requirers > 0 && name.hasAutoSelectable && this.#isCertain(name, candidates);
    this.#undecided.file(name);
  }

  /** Can no provider fulfil this dependency any more? */
  #isImpossible(by: Package, depend: Bound): boolean {
    const { name, dependency } = depend;
    if (name.locked) {
      return name.chosen === undefined ? !dependency.conflict : !fulfils(depend, name.chosen, by);
    }
    if (dependency.conflict) return false;
    return !name.providers.some((provider) => provider.package.selectable && fulfils(depend, provider, by));
  }

  #checkInstallIf(candidate: Package): void {
    if (candidate.triggered || candidate.installIfFailed || candidate.installIf.length === 0) return;
    for (const condition of candidate.installIf) {
      const { name, dependency } = condition;
      if (!name.locked) {
        // A name that nothing wants can still be decided: it must be, for a condition that it is absent.
        if (dependency.conflict && name.requirers === 0) continue;
        return;
      }
      const met = name.chosen === undefined ? dependency.conflict : fulfils(condition, name.chosen, undefined);
      if (!met) {
        candidate.installIfFailed = true;
        return;
      }
    }
    candidate.triggered = true;
  }

  /** Dependencies and provided names that every candidate has hold already, whichever is chosen. */
  #mergeCommon(name: Name, candidates: readonly Provider[]): void {
    const first = candidates[0]?.package;
    if (first === undefined) return;
    countShared(candidates);
    if (candidates.length === 1) this.#applyDepends(first);
    else {
      for (const { name: wanted, dependency } of first.depends) {
        if (dependency.conflict || wanted.mergedDepends !== candidates.length || wanted.requirers > 0) continue;
        this.#apply(first, { name: wanted, dependency: { ...dependency, operator: "", version: "" } });
      }
    }
    for (const { name: provided, version } of first.provides) {
      if (version === "" || provided.mergedProvides !== candidates.length) continue;
      this.#excludeOthers(provided, name);
    }
    const own = first.name;
    if (own !== name && own.mergedProvides === candidates.length) this.#excludeOthers(own, name);
  }

  #applyDepends(chosen: Package): void {
    if (chosen.dependsApplied) return;
    chosen.dependsApplied = true;
    for (const depend of chosen.depends) this.#apply(chosen, depend);
  }

  /** Whatever is chosen will provide `provided` with a version; other providers of it that do not provide `name` are out. */
  #excludeOthers(provided: Name, name: Name): void {
    for (const { package: other, version } of provided.providers) {
      if (version === "" || other.name === name || other.provides.some((item) => item.name === name)) continue;
      this.#disqualify(other);
    }
  }

  #isCertain(name: Name, candidates: readonly Provider[]): boolean {
    if (candidates.length !== 1 || !candidates.every(({ package: candidate }) => isTagAllowed(candidate))) return false;
    for (const dependant of name.dependants) if (dependant.seen && !dependant.locked) return false;
    return true;
  }

  /** Locks the name to its best provider, or to nothing. */
  #decide(name: Name): void {
    let chosen: Provider | undefined;
    for (const provider of name.providers) {
      if (name.requirers === 0 && !provider.package.triggered) continue;
      if (!isAutoSelectable(provider)) continue;
      if (chosen === undefined || compareProviders(provider, chosen) > 0) chosen = provider;
    }
    if (chosen === undefined) this.#lockToNothing(name);
    else this.#select(name, chosen);
  }

  #lockToNothing(name: Name): void {
    name.locked = true;
    name.failed = name.requirers > 0;
    this.#recheckDependants(name);
    this.#recheckInstallIf(name);
  }

  #select(name: Name, chosen: Provider): void {
    const { package: selected } = chosen;
    if (!selected.selectable || !isTagAllowed(selected)) selected.failed = true;
    this.#assign(name, chosen);
    this.#assign(selected.name, { package: selected, version: selected.version });
    for (const provide of selected.provides)
      this.#assign(provide.name, { package: selected, version: provide.version });
    if (name.requirers === 0) for (const condition of selected.installIf) this.#apply(selected, condition);
    this.#applyDepends(selected);
  }

  #assign(name: Name, chosen: Provider): void {
    if (name.locked) {
      const before = name.chosen;
      if (before?.package === chosen.package && before.version === chosen.version) return;
      if (before?.version === "" && chosen.version === "") return;
      chosen.package.failed = true;
      if (before === undefined) name.failed = true;
      else before.package.failed = true;
      return;
    }
    name.locked = true;
    name.chosen = chosen;
    this.#undecided.file(name);
    for (const other of name.providers) {
      if (other.package === chosen.package || (other.version === "" && chosen.version === "")) continue;
      this.#disqualify(other.package);
    }
    this.#recheckDependants(name);
    for (const affected of namesOf(chosen.package)) this.#recheckInstallIf(affected);
  }
}

function* namesOf(candidate: Package): Generator<Name> {
  yield candidate.name;
  for (const { name } of candidate.provides) yield name;
}

/** Counts, on each name, in how many of the candidates in a row it is a dependency, and in how many it is provided. */
function countShared(candidates: readonly Provider[]): void {
  candidates.forEach(({ package: candidate }, index) => {
    for (const { name, dependency } of candidate.depends) {
      if (dependency.conflict) continue;
      if (index === 0) name.mergedDepends = 1;
      else if (name.mergedDepends === index) name.mergedDepends = index + 1;
    }
    for (const name of namesOf(candidate)) {
      if (index === 0) name.mergedProvides = 1;
      else if (name.mergedProvides === index) name.mergedProvides = index + 1;
    }
  });
}
