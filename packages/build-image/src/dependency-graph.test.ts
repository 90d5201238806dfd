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

/** The lines of a spanning tree, and every node that stands in it. */
function treeOf(world: string[], packages: GraphPackage[]): { lines: string[]; nodes: string[] } {
  const drawn = drawDependencies({ ...base, isSpanning: true, world, packages }).split("\n");
  const [lines, others] = [
    drawn.filter((line) => line.includes(" -> ")),
    drawn.filter((line) => !line.includes(" -> ")),
  ];
  const plain = (line: string): string =>
    line
      .trim()
      .replace(/ \[.*\]/, "")
      .replace(/["; ]/g, "");
  return { lines: lines.map(plain), nodes: others.slice(2, -1).map(plain) };
}

const trees: readonly [what: string, world: string[], packages: GraphPackage[], lines: string[]][] = [
  [
    "a package that is asked for, needed and provided has the line from the configuration alone",
    ["app", "lib"],
    [named("lib", [], ["so:lib.1=1", "cmd:lib=1"]), named("app", ["lib", "so:lib.1", "cmd:lib"])],
    ["apko.yaml->app", "apko.yaml->lib"],
  ],
  [
    "a name stands only where it leads to a package first",
    ["app>1"],
    [named("lib", [], ["so:lib.1=1", "cmd:lib=1"]), named("app", ["so:lib.1", "cmd:lib"])],
    ["apko.yaml->app>1", "app>1->app", "app->so:lib.1", "so:lib.1->lib"],
  ],
  [
    "a name of several providers leads to each of them that nothing else led to",
    ["app", "two"],
    [named("one", [], ["virtual"]), named("two", [], ["virtual"]), named("app", ["virtual"])],
    ["apko.yaml->app", "apko.yaml->two", "app->virtual", "virtual->one"],
  ],
  [
    "packages that need each other still hang from the configuration",
    ["c"],
    [named("a", ["b"]), named("b", ["a"]), named("c", ["b"])],
    ["apko.yaml->c", "b->a", "c->b"],
  ],
  [
    "a package that nothing asks for begins a tree of its own",
    ["app"],
    [named("app"), named("page"), named("app-doc", ["app", "page"])],
    ["apko.yaml->app", "app-doc->page"],
  ],
  ["two wishes for one package are one line", ["app", "app=1-r0"], [named("app")], ["apko.yaml->app"]],
];
for (const [what, world, packages, expected] of trees) {
  test(`in a spanning tree ${what}`, () => {
    const { lines, nodes } = treeOf(world, packages);
    assert.deepEqual(lines.toSorted(), expected.toSorted());
    const names = packages.map(({ record }) => record.name);
    for (const name of names) assert.ok(nodes.includes(name), `${name} is drawn`);
    for (const node of nodes)
      assert.ok(node === base.root || names.includes(node) || lines.some((line) => line.startsWith(`${node}->`)), node);
  });
}

test("a spanning tree of what cannot be resolved shows what was asked for", () => {
  assert.deepEqual(treeOf(["app>1"], []).lines, ["apko.yaml->app>1", "app>1->app"]);
});

test("what must not be there is not drawn, whoever says so", () => {
  const packages = [named("app", ["!old"])];
  const graph = drawDependencies({ ...base, world: ["app", "!other"], packages });
  assert.doesNotMatch(graph, /old|other/);
});

test("control characters of a package do not reach the terminal", () => {
  const packages = [{ record: { ...named("app").record, description: "a\u001b[31m\rb\u009b\u202e\nc" } }];
  const graph = drawDependencies({ ...base, world: ["app"], packages });
  assert.doesNotMatch(graph, /(?!\n)[\p{Cc}\p{Cf}]/u);
  assert.ok(graph.includes(String.raw`tooltip="a\\u{1b}[31m\\u{d}b\\u{9b}\\u{202e}\nc"`), graph);
});

test("a failure is drawn with its reasons", () => {
  const reasons = [{ constraint: "x>2", requiredBy: ["app-1"], candidates: [{ version: "x-1", rejected: "too old" }] }];
  const graph = drawDependencies({ ...base, world: ["app"], packages: [], failure: { message: "no set", reasons } });
  assert.match(graph, /"❌ error" -> "❌ x>2"/);
  assert.match(graph, /"❌ x>2" -> "❌ app-1" \[label="required by"\]/);
  assert.match(graph, /"❌ x>2" -> "❌ x-1" \[label="too old"\]/);
});
