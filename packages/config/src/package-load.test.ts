import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isEngineError, type EngineError } from "@apkmill/core";
import { loadPackageConfig, parsePackageConfig, type ParsePackageOptions } from "./package-load.ts";

const head = 'package:\n  name: hello\n  version: "1.2.3"\n  epoch: 4\n';

function parse(rest: string, options: ParsePackageOptions = {}) {
  return parsePackageConfig(head + rest, options);
}

function problemsOf(read: () => unknown): readonly EngineError[] {
  try {
    read();
  } catch (error) {
    assert.ok(isEngineError(error));
    assert.equal(error.code, "CONFIG_INVALID");
    return error.problems;
  }
  return [];
}

test("every kind of mistake is reported at once, each with file, line, column and hint", () => {
  const text = [
    "package:",
    "  name: hello",
    "  version: 1.10",
    "  epoch: one",
    "  dependencies:",
    "    runtime:",
    "      - foo-${{vars.mising}}",
    "enviroment: {}",
    "vars:",
    "  missing: x",
    "pipeline:",
    "  - runs: |",
    "      echo start",
    "      echo ${{vars.nope}}",
    "  - with: [1]",
    "    uses: fetch",
    "  - runs: a",
    "    runs: b",
  ].join("\n");
  const found = problemsOf(() => parsePackageConfig(text, { file: "hello.yaml" }));
  assert.deepEqual(
    found.map(({ code, context, hint }) => [code, context.file, context.line, context.column, hint !== undefined]),
    [
      ["CONFIG_WRONG_TYPE", "hello.yaml", 4, 10, true],
      ["CONFIG_UNKNOWN_VARIABLE", "hello.yaml", 7, 13, true],
      ["CONFIG_UNKNOWN_KEY", "hello.yaml", 8, 1, true],
      ["CONFIG_UNKNOWN_VARIABLE", "hello.yaml", 14, 12, true],
      ["CONFIG_WRONG_TYPE", "hello.yaml", 15, 11, true],
      ["CONFIG_DUPLICATE_KEY", "hello.yaml", 18, 5, true],
    ],
  );
  assert.equal(found[1]?.hint, "did you mean `vars.missing`?");
  assert.equal(found[2]?.hint, "did you mean `environment`?");
});

/** A line of the configuration, and the code it is refused with. */
const refusals: readonly (readonly [string, string, string])[] = [
  ["no package name", "package: {version: 1}", "CONFIG_MISSING_KEY"],
  ["no version", "package: {name: a}", "CONFIG_MISSING_KEY"],
  ["a bad name", 'package: {name: "-a", version: 1}', "CONFIG_BAD_VALUE"],
  ["a whole number as timeout", "package: {name: a, version: 1, timeout: 30}", "CONFIG_WRONG_TYPE"],
  ["a negative epoch", "package: {name: a, version: 1, epoch: -1}", "CONFIG_WRONG_TYPE"],
  ["a quoted epoch", 'package: {name: a, version: 1, epoch: "1"}', "CONFIG_WRONG_TYPE"],
  [
    "a priority that is no number",
    "package: {name: a, version: 1, dependencies: {provider-priority: high}}",
    "CONFIG_BAD_VALUE",
  ],
  ["a CPE vendor without product", "package: {name: a, version: 1, cpe: {vendor: x}}", "CONFIG_BAD_VALUE"],
  ["a CPE part h", "package: {name: a, version: 1, cpe: {part: h}}", "CONFIG_BAD_VALUE"],
  ["a CPE field with a star", 'package: {name: a, version: 1, cpe: {vendor: "*", product: x}}', "CONFIG_BAD_VALUE"],
  [
    "a capability too many",
    "package: {name: a, version: 1, setcap: [{path: /x, reason: r, add: {cap_setuid: +ep}}]}",
    "CONFIG_BAD_VALUE",
  ],
  [
    "a capability without reason",
    "package: {name: a, version: 1, setcap: [{path: /x, add: {cap_net_raw: +ep}}]}",
    "CONFIG_MISSING_KEY",
  ],
  ["uses and runs", `${head}pipeline: [{uses: fetch, runs: x}]`, "CONFIG_BAD_VALUE"],
  ["runs and with", `${head}pipeline: [{runs: x, with: {a: b}}]`, "CONFIG_BAD_VALUE"],
  ["with without uses", `${head}pipeline: [{with: {a: b}}]`, "CONFIG_BAD_VALUE"],
  ["the same in a child", `${head}pipeline: [{pipeline: [{with: {a: b}}]}]`, "CONFIG_BAD_VALUE"],
  ["a list as input", `${head}pipeline: [{uses: x, with: {a: [b]}}]`, "CONFIG_WRONG_TYPE"],
  ["a range without data", `${head}subpackages: [{range: x, name: y}]`, "CONFIG_BAD_VALUE"],
  ["two packages of one name", `${head}subpackages: [{name: hello}]`, "CONFIG_BAD_VALUE"],
  [
    "a variable of the compiler in a dependency",
    `${head}subpackages: [{name: x, dependencies: {runtime: ["a-\${{build.arch}}"]}}]`,
    "CONFIG_UNKNOWN_VARIABLE",
  ],
  ["a reference that is none", `${head}pipeline: [{runs: "\${{ a b }}"}]`, "CONFIG_BAD_REFERENCE"],
  ["a range variable without range", `${head}pipeline: [{runs: "\${{range.key}}"}]`, "CONFIG_UNKNOWN_VARIABLE"],
  ["a transform without target", `${head}var-transforms: [{from: a, match: b, replace: c}]`, "CONFIG_MISSING_KEY"],
  ["an included environment", `${head}environment: {include: x.yaml}`, "CONFIG_UNSUPPORTED"],
  ["an unknown update key", `${head}update: {enabeld: true}`, "CONFIG_UNKNOWN_KEY"],
  ["an unknown period", `${head}update: {schedule: {period: hourly}}`, "CONFIG_BAD_VALUE"],
  ["a list at the root", "- package", "CONFIG_WRONG_TYPE"],
];

for (const [what, text, code] of refusals) {
  test(`${what} is refused with ${code}`, () => {
    assert.ok(problemsOf(() => parsePackageConfig(text)).some((problem) => problem.code === code));
  });
}

test("variables are put in everywhere, and what is unknown stays in prose", () => {
  const config = parse(
    [
      "vars: {x: one, full: 'v${{package.full-version}}'}",
      "environment: {contents: {packages: ['go-${{vars.x}}']}, environment: {V: '${{vars.full}}', A: '${{build.arch}}'}}",
      "pipeline: [{name: 'n ${{package.name}}', runs: 'echo ${{ vars.full }} ${{build.arch}}', environment: {Q: '${{vars.x}}'}}]",
      "subpackages: [{name: '${{package.name}}-doc', description: '${{ github.x }} ${{vars.x}}'}]",
    ].join("\n"),
  );
  assert.deepEqual(config.environment.contents.packages, ["go-one"]);
  assert.equal(config.environment.environment["V"], "v1.2.3-r4");
  assert.equal(config.environment.environment["A"], "${{build.arch}}");
  assert.equal(config.pipeline[0]?.name, "n hello");
  assert.equal(config.pipeline[0].runs, "echo v1.2.3-r4 ${{build.arch}}");
  assert.deepEqual(config.pipeline[0].environment, { Q: "one" });
  assert.equal(config.subpackages[0]?.name, "hello-doc");
  assert.equal(config.subpackages[0].description, "${{ github.x }} one");
  assert.equal(config.variables["vars.full"], "v1.2.3-r4");
  assert.equal(config.vars["full"], "v${{package.full-version}}");
});

test("a range makes a subpackage of each item, in the order of the keys", () => {
  const config = parse(
    [
      "data: [{name: langs, items: {de: Deutsch, cs: Čeština}}, {name: none, items: {}}]",
      "subpackages:",
      "  - range: langs",
      "    name: hello-${{range.key}}",
      "    if: ${{range.key}} == 'de'",
      "    description: ${{range.value}}",
      "    setcap: [{path: /bin/x, reason: '${{range.key}}', add: {cap_net_raw: +ep}}]",
      "    pipeline: [{runs: 'echo ${{range.key}}'}]",
      "  - range: none",
      "    name: never-${{range.key}}",
    ].join("\n"),
  );
  assert.deepEqual(
    config.subpackages.map((each) => [
      each.name,
      each.if,
      each.description,
      each.pipeline[0]?.runs,
      each.setcap[0]?.reason,
    ]),
    [
      ["hello-cs", `"cs" == 'de'`, "Čeština", "echo cs", "cs"],
      ["hello-de", `"de" == 'de'`, "Deutsch", "echo de", "de"],
    ],
  );
});

test("a mistake in a template of a range is reported once", () => {
  const text = `${head}data: [{name: r, items: {a: "1", b: "2"}}]\nsubpackages: [{range: r, name: "x-\${{range.key}}", descripton: y}]\n`;
  assert.deepEqual(
    problemsOf(() => parsePackageConfig(text)).map(({ code }) => code),
    ["CONFIG_UNKNOWN_KEY"],
  );
});

test("variables from outside win over the file's, those of an enabled option over both", () => {
  const text =
    "vars: {a: file, b: file, c: file}\noptions: {fast: {vars: {c: option}, environment: {contents: {packages: {add: [x], remove: [y]}}}}}\nenvironment: {contents: {packages: [y, z]}}\npipeline: [{runs: '${{vars.a}} ${{vars.b}} ${{vars.c}}'}]";
  assert.equal(parse(text).pipeline[0]?.runs, "file file file");
  const config = parse(text, { vars: { b: "outside", c: "outside" }, buildOptions: ["fast", "other"] });
  assert.equal(config.pipeline[0]?.runs, "file outside option");
  assert.deepEqual(config.environment.contents.packages, ["z", "x"]);
  assert.deepEqual(config.enabledOptions, ["fast", "other"]);
});

test("the build user and the folders of caches are there unless the file says otherwise", () => {
  const plain = parse("").environment;
  assert.deepEqual(plain.accounts.users, [
    { userName: "build", uid: 1000, gid: 1000, shell: "/bin/sh", homeDir: "/home/build" },
  ]);
  assert.deepEqual(plain.accounts.groups, [{ groupName: "build", gid: 1000, members: ["build"] }]);
  assert.equal(plain.environment["GOMODCACHE"], "/var/cache/melange/gomodcache");
  const own = parse(
    "environment: {environment: {HOME: /x, GOPATH: ''}, accounts: {users: [{username: build, uid: 7}]}}",
  ).environment;
  assert.equal(own.environment["HOME"], "/x");
  assert.equal(own.environment["GOPATH"], "/home/build/.cache/go");
  assert.deepEqual(
    own.accounts.users.map(({ uid, gid }) => [uid, gid]),
    [[7, 7]],
  );
});

test("of environment files the earlier wins, and the configuration over both", () => {
  const config = parse("environment: {environment: {A: file}}", {
    environmentFiles: [
      { A: "one", B: "one" },
      { B: "two", C: "two" },
    ],
  });
  assert.deepEqual(
    ["A", "B", "C"].map((name) => config.environment.environment[name]),
    ["file", "one", "two"],
  );
});

test("a commit from outside is the package's where the file has none, and the subpackages'", () => {
  const config = parse("subpackages: [{name: a}, {name: b, commit: own}]", { commit: "abc" });
  assert.equal(config.package.commit, "abc");
  assert.deepEqual(
    config.subpackages.map(({ commit }) => commit),
    ["abc", "own"],
  );
});

test("a test pipeline may say what a build may not, as melange lets it", () => {
  const config = parse("test: {pipeline: [{uses: x, runs: y}]}");
  assert.equal(config.test?.pipeline[0]?.uses, "x");
});

test("a file is loaded with its variables file and environment files", async () => {
  const dir = await mkdtemp(join(tmpdir(), "apkmill-config-"));
  try {
    const path = join(dir, "hello.yaml");
    await writeFile(path, `${head}vars: {a: file}\npipeline: [{runs: '\${{vars.a}}'}]\n`);
    await writeFile(join(dir, "vars.yaml"), "a: 1.10\n");
    await writeFile(join(dir, "build.env"), "export X=y\n");
    const config = await loadPackageConfig(path, {
      varsFile: join(dir, "vars.yaml"),
      envFiles: [join(dir, "build.env")],
    });
    assert.equal(config.pipeline[0]?.runs, "1.10");
    assert.equal(config.environment.environment["X"], "y");
    assert.equal(config.file, path);
    await writeFile(path, Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    await assert.rejects(loadPackageConfig(path), { code: "CONFIG_SYNTAX" });
    await assert.rejects(loadPackageConfig(join(dir, "none.yaml")), { code: "FILE_UNREADABLE" });
  } finally {
    await rm(dir, { recursive: true });
  }
});
