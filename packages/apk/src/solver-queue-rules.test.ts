import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decide } from "./solver/decide.ts";
import { discover } from "./solver/discover.ts";
import { openOrigins } from "./solver/origins.ts";
import { SearchState } from "./solver/search-state.ts";
import { Undecided } from "./solver/undecided.ts";
import { Universe } from "./solver/universe.ts";
import { repositoryOf } from "./testing/universe-text.ts";

/**
 * Rules of reference apk-formats A10.4 and A10.5 about what waits for what: of these no answer of the resolver shows one alone, so that
 * its parts are asked.
 */

/** The state of a search in these records that has not begun. */
function stateOf(text: string): SearchState {
  const repositories = [repositoryOf(text)];
  const origins = openOrigins({ repositories, installed: [], arch: undefined, world: [] });
  const roots = Array.from({ length: origins.catalog.names.size }, (_, id) => id);
  const universe = new Universe(origins, discover(origins.catalog, { roots, asked: new Set() }));
  return new SearchState(universe, { tagBitOf: origins.tagBitOf, worldFlags: 0, maxSteps: 1000 });
}

const threeNames = "P:a\nV:1\n\nP:b\nV:1\n\nP:c\nV:1";

describe("A10.4 queues", () => {
  test("A10.4: names are reconsidered in the order in which something about them changed, each once", () => {
    const state = stateOf(threeNames);
    const [a, b, c] = ["a", "b", "c"].map((name) => state.universe.nameOf(name));
    for (const name of [b, c, a, b]) {
      if (name === undefined) continue;
      name.requirers += 1;
      state.touch(name);
    }
    assert.deepEqual(
      [state.takeDirty(), state.takeDirty(), state.takeDirty(), state.takeDirty()],
      [b, c, a, undefined],
    );
  });

  test("A10.4: a name that changes while it is reconsidered comes again, behind those that wait", () => {
    const state = stateOf(threeNames);
    const [a, b] = ["a", "b"].map((name) => state.universe.nameOf(name));
    assert.ok(a !== undefined && b !== undefined);
    a.requirers = b.requirers = 1;
    state.touch(a);
    state.touch(b);
    assert.equal(state.takeDirty(), a);
    state.touch(a);
    assert.deepEqual([state.takeDirty(), state.takeDirty()], [b, a]);
  });

  test("A10.4: a name whose install_if may be complete waits in the same queue", () => {
    const state = stateOf(threeNames);
    const { universe } = state;
    const [a, c] = ["a", "c"].map((name) => universe.nameOf(name));
    assert.ok(a !== undefined && c !== undefined);
    a.requirers = c.requirers = 1;
    state.touch(c);
    state.touchForInstallIf(universe.nameOf("b").id);
    state.touch(a);
    assert.deepEqual([state.takeDirty(), state.takeDirty(), state.takeDirty()], [c, universe.nameOf("b"), a]);
  });

  test("A10.4: names with one possible outcome are decided first, in the order in which that became clear", () => {
    const { universe } = stateOf(`${threeNames}\n\nP:d\nV:1`);
    const undecided = new Undecided((id) => id);
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => universe.nameOf(name));
    assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined);
    for (const name of [a, b, c, d]) {
      name.requirers = 1;
      name.hasAutoSelectable = true;
      undecided.file(name);
    }
    for (const name of [c, a]) {
      name.resolveNow = true;
      undecided.file(name);
    }
    assert.deepEqual(
      Array.from({ length: 5 }, () => undecided.take()),
      [c, a, d, b, undefined],
    );
  });
});

describe("A10.5 a choice that nobody asked for", () => {
  test("A10.5: what is chosen for its install_if alone makes open conditions of that constraints", () => {
    const state = stateOf("P:a\nV:1\n\nP:b\nV:1\n\nP:x\nV:1\ni:a b");
    const [a, b, x] = ["a", "b", "x"].map((name) => state.universe.nameOf(name));
    assert.ok(a !== undefined && b !== undefined && x !== undefined);
    a.locked = true;
    a.chosen = a.providers[0];
    for (const { package: triggered } of x.providers) triggered.triggered = true;
    decide(state, x);
    assert.equal(x.chosen?.package.name, x);
    assert.deepEqual([a.requirers, b.requirers], [0, 1]);
  });

  test("A10.5: what is asked for does not", () => {
    const state = stateOf("P:a\nV:1\n\nP:x\nV:1\ni:a");
    const [a, x] = ["a", "x"].map((name) => state.universe.nameOf(name));
    assert.ok(a !== undefined && x !== undefined);
    x.requirers = 1;
    decide(state, x);
    assert.deepEqual([x.chosen?.package.name, a.requirers], [x, 0]);
  });
});
