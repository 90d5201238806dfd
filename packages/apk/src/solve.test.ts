import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { IndexRecord } from "./package-info.ts";
import type { Repository } from "./repository.ts";
import { solveAll } from "./solve-all.ts";
import { addToWorld, requireSolution, solve } from "./solve.ts";

/** Rules of reference apk-formats A10, one test each, on universes of a few packages. */
interface Sketch {
  readonly depends?: readonly string[];
  readonly provides?: readonly string[];
  readonly installIf?: readonly string[];
  readonly providerPriority?: number;
  readonly arch?: string;
}

function sketch(nameVersion: string, more: Sketch = {}): IndexRecord {
  const [name = "", version = ""] = nameVersion.split("=");
  const blank = {
    description: "",
    url: "",
    license: "",
    origin: name,
    maintainer: "",
    commit: "",
    buildTime: 0,
    installedSizeBytes: 1,
    providerPriority: 0,
    depends: [],
    provides: [],
    installIf: [],
  };
  return {
    ...blank,
    name,
    version,
    arch: "x86_64",
    checksum: `Q1${createHash("sha1")
      .update(`${nameVersion}${JSON.stringify(more)}`)
      .digest("base64")}`,
    sizeBytes: 1,
    ...more,
  };
}

function repository(records: readonly IndexRecord[], tag = ""): Repository {
  return { location: tag === "" ? "main" : tag, tag, arch: "x86_64", records, signer: undefined };
}

function chosen(records: readonly IndexRecord[], ...world: readonly string[]): string[] | "none" {
  const solution = solve({ repositories: [repository(records)], world, arch: "x86_64" });
  return solution.ok ? solution.install.map(({ record }) => `${record.name}=${record.version}`) : "none";
}

test("dependencies come before what needs them", () => {
  assert.deepEqual(
    chosen([sketch("a=1", { depends: ["b", "c"] }), sketch("b=1", { depends: ["c"] }), sketch("c=1")], "a"),
    ["c=1", "b=1", "a=1"],
  );
});

test("the newest version that fits is chosen", () => {
  const records = [sketch("a=1"), sketch("a=3"), sketch("a=2")];
  assert.deepEqual(chosen(records, "a"), ["a=3"]);
  assert.deepEqual(chosen(records, "a<3"), ["a=2"]);
  assert.equal(chosen(records, "a>3"), "none");
});

test("an earlier choice gives way to what a dependency demands", () => {
  assert.deepEqual(chosen([sketch("a=1"), sketch("a=2"), sketch("b=1", { depends: ["a<2"] })], "a", "b"), [
    "a=1",
    "b=1",
  ]);
});

test("the newest version is chosen even when its dependencies cannot be had: apk does not go back", () => {
  assert.equal(chosen([sketch("a=1"), sketch("a=2", { depends: ["missing"] })], "a"), "none");
});

test("a provide with a version is chosen for the name, one without needs a priority", () => {
  assert.deepEqual(chosen([sketch("b=1", { provides: ["a=1"] })], "a"), ["b=1"]);
  assert.equal(chosen([sketch("b=1", { provides: ["a"] })], "a"), "none");
  assert.deepEqual(
    chosen(
      [
        sketch("b=1", { provides: ["a"], providerPriority: 5 }),
        sketch("c=1", { provides: ["a"], providerPriority: 9 }),
      ],
      "a",
    ),
    ["c=1"],
  );
});

test("two providers of a name with versions exclude each other, without versions they do not", () => {
  assert.equal(chosen([sketch("b=1", { provides: ["a=1"] }), sketch("c=1", { provides: ["a=2"] })], "b", "c"), "none");
  assert.deepEqual(chosen([sketch("b=1", { provides: ["a"] }), sketch("c=1", { provides: ["a"] })], "b", "c"), [
    "b=1",
    "c=1",
  ]);
});

test("a provide whose version is none still takes the name", () => {
  assert.equal(
    chosen([sketch("b=1", { provides: ["cmd:x=7.4.0p1"] }), sketch("c=1", { provides: ["cmd:x=3"] })], "b", "c"),
    "none",
  );
});

test("a conflict keeps a package out", () => {
  assert.equal(chosen([sketch("a=1", { depends: ["!b"] }), sketch("b=1")], "a", "b"), "none");
  assert.deepEqual(chosen([sketch("a=1", { depends: ["!a<2"], provides: ["a=0"] })], "a=1").length > 0, true);
});

test("install_if brings a package when all that it names is there", () => {
  const records = [sketch("a=1"), sketch("docs=1"), sketch("a-doc=1", { installIf: ["a=1", "docs"] })];
  assert.deepEqual(chosen(records, "a"), ["a=1"]);
  assert.deepEqual(chosen(records, "a", "docs"), ["a=1", "docs=1", "a-doc=1"]);
});

test("a pinned repository serves only names that ask for its tag", () => {
  const solution = (world: string): string[] =>
    requireSolution(
      solve({ repositories: [repository([sketch("a=1")]), repository([sketch("a=2")], "edge")], world: [world] }),
    ).map(({ record }) => record.version);
  assert.deepEqual(solution("a"), ["1"]);
  assert.deepEqual(solution("a@edge"), ["2"]);
});

test("of equal packages the first repository's is taken, and one in two repositories is one", () => {
  const [first, second] = [repository([sketch("a=1")]), { ...repository([sketch("a=1")]), location: "second" }];
  assert.deepEqual(
    requireSolution(solve({ repositories: [first, second], world: ["a"] })).map((found) => found.repository.location),
    ["main"],
  );
});

test("packages of another architecture are not chosen, those of none are", () => {
  assert.equal(chosen([sketch("a=1", { arch: "aarch64" })], "a"), "none");
  assert.deepEqual(chosen([sketch("a=1", { arch: "noarch" })], "a"), ["a=1"]);
});

test("dependencies that go round end, and both are installed", () => {
  assert.deepEqual(chosen([sketch("a=1", { depends: ["b"] }), sketch("b=1", { depends: ["a"] })], "a"), ["b=1", "a=1"]);
});

test("a chain of ten thousand dependencies and ten thousand providers of one name end", () => {
  const chain = Array.from({ length: 10_000 }, (_, index) => sketch(`p${index}=1`, { depends: [`p${index + 1}`] }));
  assert.equal(chosen([...chain, sketch("p10000=1")], "p0").length, 10_001);
  const providers = Array.from({ length: 10_000 }, (_, index) =>
    sketch(`q${index}=1`, { provides: [`x=${index}`], depends: ["!x<1"] }),
  );
  assert.notEqual(chosen(providers, "x").length, 0);
});

test("a failure says who asks for what, and what there is", () => {
  const solution = solve({
    repositories: [repository([sketch("a=1"), sketch("b=1", { depends: ["a>1", "nowhere"] })])],
    world: ["b"],
  });
  assert.ok(!solution.ok);
  assert.deepEqual(
    solution.reasons.map(({ constraint, package: label }) => constraint ?? label),
    ["a-1", "nowhere"],
  );
  assert.throws(() => requireSolution(solution), { code: "APK_UNSATISFIABLE" });
});

test("of several arguments for one name the last holds", () => {
  assert.deepEqual(addToWorld(["a", "b"], ["!a", "a>1"]), ["a>1", "b"]);
});

test("several architectures get one version, and a difference that remains is refused", () => {
  const perArch = new Map([
    ["x86_64", [repository([sketch("a=1"), sketch("a=2")])]],
    ["aarch64", [repository([sketch("a=1", { arch: "aarch64" })])]],
  ]);
  const solved = solveAll(perArch, ["a"]);
  assert.deepEqual(
    [...solved.values()].map((install) => install.map(({ record }) => record.version)),
    [["1"], ["1"]],
  );
});
