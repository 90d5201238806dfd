import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildNeeds, buildOrder, buildWaves, dependencyName, type OrderedConfig } from "./build-order.ts";

const config = (name: string, buildsWith: string[] = [], runsWith: string[] = []): OrderedConfig => ({
  makes: [name],
  buildsWith,
  runsWith,
});

test("a configuration is built after those that its environment has packages of", () => {
  assert.deepEqual(buildOrder([config("app", ["lib"]), config("lib"), config("doc")]), [1, 0, 2]);
});

test("what such a package needs when it runs comes first too", () => {
  const configs = [config("app", ["tool"]), config("tool", [], ["lib"]), config("lib")];
  assert.deepEqual(buildNeeds(configs), [[1, 2], [], []]);
  assert.deepEqual(buildOrder(configs), [1, 2, 0]);
});

test("without needs the given order stays", () => {
  assert.deepEqual(buildOrder([config("c"), config("a"), config("b")]), [0, 1, 2]);
});

test("a configuration may need its own package, and a circle keeps the given order", () => {
  assert.deepEqual(buildOrder([config("gcc", ["gcc"])]), [0]);
  const circle = [config("a", ["b"]), config("b", ["a"])];
  assert.deepEqual([...buildOrder(circle)].sort(), [0, 1]);
  assert.deepEqual(buildWaves(circle), [[0], [1]]);
});

test("waves hold what may be built at once", () => {
  const configs = [config("app", ["lib", "tool"]), config("lib"), config("tool", ["lib"]), config("doc")];
  assert.deepEqual(buildWaves(configs), [[1, 3], [2], [0]]);
});

test("names are read out of constraints", () => {
  assert.deepEqual(["a", "a>=1", "a~1.2", "a@edge", "so:liba.so.1", "pc:a=1", "!a", ""].map(dependencyName), [
    ["a"],
    ["a"],
    ["a"],
    ["a"],
    ["so:liba.so.1"],
    ["pc:a"],
    [],
    [],
  ]);
});

test("every order holds each configuration once, and waves agree with needs wherever there is no circle", () => {
  const names = ["a", "b", "c", "d", "e"];
  const some = fc.subarray(names);
  fc.assert(
    fc.property(fc.tuple(some, some, some, some, some), fc.tuple(some, some, some, some, some), (builds, runs) => {
      // Only earlier names are needed: no circles.
      const configs = names.map((name, at) =>
        config(
          name,
          (builds[at] ?? []).filter((other) => other < name),
          (runs[at] ?? []).filter((other) => other < name),
        ),
      );
      const order = buildOrder(configs);
      assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4]);
      const waves = buildWaves(configs);
      for (const [position, needs] of buildNeeds(configs).entries()) {
        for (const need of needs) {
          assert.ok(order.indexOf(need) < order.indexOf(position));
          assert.ok(
            waves.findIndex((wave) => wave.includes(need)) < waves.findIndex((wave) => wave.includes(position)),
          );
        }
      }
    }),
  );
});
