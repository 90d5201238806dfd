import assert from "node:assert/strict";
import { test } from "node:test";
import { drawDependencies, type GraphPackage } from "./dependency-graph.ts";

function named(name: string, depends: string[] = [], provides: string[] = []): GraphPackage {
  return { record: { name, version: "1-r0", description: "", depends, provides } };
}

const base = { root: "apko.yaml", isSpanning: false };

test("the configuration, what it asks for, the packages and what they provide are drawn in order", () => {
  const packages = [
    { record: { ...named("lib", [], ["so:lib.1=1"]).record, description: 'says "hi" \\ so' } },
    named("app", ["lib>0", "so:lib.1", "!old", "app"]),
  ];
  assert.equal(
    drawDependencies({ ...base, world: ["app=1-r0"], packages }),
    `digraph images {
  rankdir=LR;
  "apko.yaml";
  "app=1-r0";
  "app" [label="app-1-r0"];
  "lib" [label="lib-1-r0", tooltip="says \\"hi\\" \\\\ so"];
  "so:lib.1" [shape="rect"];
  "apko.yaml" -> "app=1-r0";
  "app=1-r0" -> "app";
  "app" -> "lib";
  "app" -> "so:lib.1";
  "so:lib.1" -> "lib";
}`,
  );
});

test("a spanning tree has one line to each package", () => {
  const packages = [named("c"), named("b", ["c"]), named("a", ["b", "c"])];
  const lines = (isSpanning: boolean): string[] =>
    drawDependencies({ ...base, isSpanning, world: ["a"], packages })
      .split("\n")
      .filter((line) => line.includes('-> "c"'));
  assert.equal(lines(false).length, 2);
  assert.equal(lines(true).length, 1);
});

test("a failure is drawn with its reasons", () => {
  const reasons = [{ constraint: "x>2", requiredBy: ["app-1"], candidates: [{ version: "x-1", rejected: "too old" }] }];
  const graph = drawDependencies({ ...base, world: ["app"], packages: [], failure: { message: "no set", reasons } });
  assert.match(graph, /"❌ error" -> "❌ x>2"/);
  assert.match(graph, /"❌ x>2" -> "❌ app-1" \[label="required by"\]/);
  assert.match(graph, /"❌ x>2" -> "❌ x-1" \[label="too old"\]/);
});
