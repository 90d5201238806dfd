import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { AvailablePackage } from "./repository.ts";
import { solve } from "./solve.ts";
import type { GoldenRecord } from "./testing/golden-cases.ts";
import { universeOf } from "./testing/golden-repositories.ts";
import { violationsOf } from "./testing/satisfaction.ts";

/** What holds of every resolution, whatever the universe: in thousands of small ones that provoke every rule of A10. */

const realNames = ["a", "b", "c", "d", "e"];
const names = [...realNames, "v", "so:x", "cmd:y"];
const versions = ["1", "1.1", "2_rc1", "2", "3"];

const wish = fc
  .tuple(
    fc.constantFrom("", "", "", "!"),
    fc.constantFrom(...names),
    fc.option(fc.tuple(fc.constantFrom("=", "<", "<=", ">", ">=", "~"), fc.constantFrom(...versions)), {
      nil: ["", ""],
    }),
  )
  .map(([not, name, [operator, version]]) => `${not}${name}${operator}${version}`);
const provide = fc
  .tuple(fc.constantFrom("v", "so:x", "cmd:y", "a"), fc.option(fc.constantFrom(...versions), { nil: "" }))
  .map(([name, version]) => (version === "" ? name : `${name}=${version}`));

const record: fc.Arbitrary<GoldenRecord> = fc.record({
  name: fc.constantFrom(...realNames),
  version: fc.constantFrom(...versions),
  depends: fc.array(wish, { maxLength: 3 }),
  provides: fc.array(provide, { maxLength: 2 }),
  install_if: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(wish, { maxLength: 2 }) },
  ),
  provider_priority: fc.constantFrom(0, 0, 1, 5),
});
const universe = fc.array(fc.array(record, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 2 });
const world = fc.array(wish, { minLength: 1, maxLength: 3 });

/** The constraint that holds for each name: the last one. */
function effective(asked: readonly string[]): string[] {
  return [...new Map(asked.map((text) => [text.replace(/^!|[<>=~].*/g, ""), text])).values()];
}

function labels(install: readonly AvailablePackage[]): string[] {
  return install.map(({ record: { name, version }, repository }) => `${name}-${version} of ${repository.location}`);
}

function answer(repositories: readonly (readonly GoldenRecord[])[], asked: readonly string[]): string[] | "none" {
  const solution = solve({ repositories: universeOf(repositories), world: asked });
  return solution.ok ? labels(solution.install) : "none";
}

describe("every resolution", () => {
  test("a solution satisfies the world and every chosen package, judged without the engine's code", () => {
    let solved = 0;
    fc.assert(
      fc.property(universe, world, (repositories, asked) => {
        const solution = solve({ repositories: universeOf(repositories), world: asked });
        if (!solution.ok) return;
        solved += 1;
        const found = solution.install.map((each) => each.record);
        assert.deepEqual(violationsOf(effective(asked), found), []);
      }),
      { numRuns: 3000 },
    );
    assert.ok(solved > 300, `only ${solved} universes had a solution`);
  });

  test("nothing is chosen that nobody asks for and no install_if brings", () => {
    fc.assert(
      fc.property(universe, world, (repositories, asked) => {
        const solution = solve({ repositories: universeOf(repositories), world: asked });
        if (!solution.ok) return;
        const found = solution.install.map((each) => each.record);
        // Changes are listed from all names of the world, also those of which it forbids a version (A10.6): what was chosen for one may have
        // been wanted by a package whose install_if is complete, but that no name of the world leads to.
        const named = asked.map((text) => text.replace(/^!/, ""));
        const wanted = new Set(
          [...named, ...found.flatMap(({ depends }) => depends)].map((text) => text.replace(/[<>=~].*/, "")),
        );
        for (const { name, provides, installIf } of found) {
          const provided = [name, ...provides.map((text) => text.replace(/=.*/, ""))];
          const isWanted = provided.some((each) => wanted.has(each));
          assert.ok(isWanted || violationsOf(installIf, found).every((text) => !text.startsWith("world")), name);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("a failure has reasons, and each names a package or a name", () => {
    fc.assert(
      fc.property(universe, world, (repositories, asked) => {
        const solution = solve({ repositories: universeOf(repositories), world: asked });
        if (solution.ok) return;
        assert.ok(solution.reasons.length > 0);
        for (const reason of solution.reasons) assert.ok((reason.package ?? reason.constraint ?? "") !== "");
      }),
      { numRuns: 1000 },
    );
  });

  test("A10.4: the order in which the world is written does not matter", () => {
    const shuffled = fc
      .uniqueArray(wish, { minLength: 2, maxLength: 4, selector: (text) => text.replace(/^!|[<>=~].*/g, "") })
      .chain((asked) => fc.tuple(fc.constant(asked), fc.shuffledSubarray(asked, { minLength: asked.length })));
    fc.assert(
      fc.property(universe, shuffled, (repositories, [one, other]) => {
        assert.deepEqual(answer(repositories, one), answer(repositories, other));
      }),
      { numRuns: 1000 },
    );
  });

  test("the same request has the same answer", () => {
    fc.assert(
      fc.property(universe, world, (repositories, asked) => {
        const [one, two] = [0, 1].map(() => solve({ repositories: universeOf(repositories), world: asked }));
        assert.equal(JSON.stringify(one), JSON.stringify(two));
      }),
    );
  });
});

describe("record order", () => {
  const need = fc.constantFrom(...realNames);
  const simple: fc.Arbitrary<GoldenRecord> = fc.record({
    name: fc.constantFrom(...realNames),
    version: fc.constantFrom(...versions),
    depends: fc.array(need, { maxLength: 2 }),
  });
  const newest = (records: readonly GoldenRecord[], name: string): GoldenRecord | undefined =>
    records
      .filter((each) => each.name === name)
      .sort((x, y) => versions.indexOf(y.version) - versions.indexOf(x.version))[0];
  const twoOrders = fc
    .uniqueArray(simple, { minLength: 1, maxLength: 10, selector: ({ name, version }) => `${name}-${version}` })
    .map((records) =>
      records.map((each) => ({ ...each, depends: each.depends?.filter((name) => newest(records, name)) ?? [] })),
    )
    .chain((records) => fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })));
  /** What A10.5 leads to where nothing is excluded: the newest of everything that is needed. */
  function closure(records: readonly GoldenRecord[], asked: readonly string[]): Set<string> | "none" {
    const found = new Map<string, GoldenRecord>();
    const open = [...asked];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (found.has(name)) continue;
      const best = newest(records, name);
      if (best === undefined) return "none";
      found.set(name, best);
      open.push(...(best.depends ?? []));
    }
    return new Set([...found.values()].map(({ name, version }) => `${name}-${version} of 0`));
  }

  test("A10.5: where all that is needed is there, and nothing provides, excludes or asks for a version, neither verdict nor set depends on the order of the records", () => {
    fc.assert(
      fc.property(twoOrders, fc.uniqueArray(need, { minLength: 1, maxLength: 3 }), ([one, other], asked) => {
        const wanted = closure(one, asked);
        for (const records of [one, other]) {
          const found = answer([records], asked);
          assert.deepEqual(found === "none" ? found : new Set(found), wanted);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
