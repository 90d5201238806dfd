import type { Name } from "./universe.ts";

/**
 * Gives every name that the world can reach its order id: undecided names are later decided by descending id (A10.4).
 * Ids are dealt in post-order; names asked for on the command line come before all others, and then names that a real package
 * has. Explicit stack frames instead of recursion: chains of dependencies are long, and hostile ones longer.
 */
export function discoverAll(roots: readonly Name[], asked: ReadonlySet<Name>): void {
  let lastId = 0;
  for (const root of roots) {
    const stack = [open(root)];
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const next = frame.next();
      if (next.done === true) stack.pop();
      else if (next.value.assign) next.value.name.orderId = orderId(next.value.name, (lastId += 1), asked);
      else if (!next.value.name.seen) stack.push(open(next.value.name));
    }
  }
}

interface Visit {
  readonly name: Name;
  /** Deal the id now, rather than descend. */
  readonly assign: boolean;
}

/** What one name leads to, in apk's order, with the moment at which its own id is dealt. */
function* open(name: Name): Generator<Visit, void> {
  if (name.seen) return;
  name.seen = true;
  for (const { package: provider } of name.providers) {
    if (provider.seen) continue;
    provider.seen = true;
    for (const depend of provider.depends) yield { name: depend.name, assign: false };
  }
  for (const other of name.installIfDependants) yield { name: other, assign: false };
  for (const { package: provider } of name.providers) {
    for (const other of provider.name.installIfDependants) yield { name: other, assign: false };
    for (const provide of provider.provides) yield { name: provide.name, assign: false };
  }
  yield { name, assign: true };
  for (const { package: provider } of name.providers) {
    for (const condition of provider.installIf) yield { name: condition.name, assign: false };
  }
}

/** A signed 32-bit number, as apk compares it: bit 31 where the name was not asked for, bit 30 where a real package has it. */
function orderId(name: Name, counter: number, asked: ReadonlySet<Name>): number {
  const real = name.providers.some(({ package: provider }) => provider.name === name);
  return counter | (asked.has(name) ? 0 : 1 << 31) | (real ? 1 << 30 : 0);
}
