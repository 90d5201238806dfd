import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { isEngineError } from "@apkmill/core";
import { parsePackageConfig, type ParsePackageOptions } from "@apkmill/config";
import { compilePackageConfig, type CompileOptions } from "./compile.ts";
import { compiledToJson } from "./compiled-json.ts";
import type { CompiledPackage } from "./compiled.ts";

const head = 'package:\n  name: hello\n  version: "1.2"\n  epoch: 3\n';

function compile(
  text: string,
  options: Partial<CompileOptions> = {},
  parsing: ParsePackageOptions = {},
): Promise<CompiledPackage> {
  return compilePackageConfig(parsePackageConfig(head + text, { file: "hello.yaml", ...parsing }), {
    arch: "x86_64",
    ...options,
  });
}

async function problemsOf(
  compiling: Promise<unknown>,
): Promise<readonly (readonly [string, string | undefined, number | undefined, number | undefined])[]> {
  try {
    await compiling;
    return [];
  } catch (error) {
    assert.ok(isEngineError(error));
    assert.equal(error.code, "COMPILE_INVALID");
    return error.problems.map(({ code, context }) => [code, context.file, context.line, context.column]);
  }
}

/** A folder of pipeline definitions. */
async function pipelines(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "apkmill-pipelines-"));
  t.after(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

const variables: readonly (readonly [string, string, string])[] = [
  [
    "x86_64",
    "${{package.name}} ${{package.version}} ${{package.epoch}} ${{package.full-version}}",
    "hello 1.2 3 1.2-r3",
  ],
  ["x86_64", "${{package.srcdir}} ${{targets.outdir}}", "/home/build /home/build/melange-out"],
  [
    "x86_64",
    "${{targets.destdir}} ${{targets.contextdir}} ${{context.name}}",
    "/home/build/melange-out/hello /home/build/melange-out/hello hello",
  ],
  ["x86_64", "${{targets.package.hello-doc}}", "/home/build/melange-out/hello-doc"],
  ["x86_64", "${{build.arch}} ${{build.goarch}}", "x86_64 amd64"],
  ["arm64", "${{build.arch}} ${{build.goarch}}", "aarch64 arm64"],
  ["armv7", "${{build.arch}} ${{build.goarch}}", "armv7 arm/v7"],
  ["x86_64", "${{host.triplet.gnu}} ${{host.triplet.rust}}", "x86_64-pc-linux-gnu x86_64-unknown-linux-gnu"],
  [
    "armhf",
    "${{host.triplet.gnu}} ${{host.triplet.rust}}",
    "arm-unknown-linux-gnueabihf armv6-unknown-linux-gnueabihf",
  ],
  ["x86", "${{cross.triplet.gnu.musl}} ${{cross.triplet.rust.glibc}}", "i486-pc-linux-musl i686-unknown-linux-gnu"],
  ["s390x", "${{host.triplet.gnu}} ${{cross.triplet.gnu.glibc}}", "s390x-ibm-linux-gnu s390x-ibm-linux-gnu"],
  ["x86_64", "${{options.fast.enabled}} ${{options.other.enabled}} ${{vars.v}}", "true false 7"],
];

for (const [arch, text, value] of variables) {
  test(`on ${arch} ${text} is ${value}`, async () => {
    const file = `vars: {v: 7}\noptions: {fast: {}, other: {}}\nsubpackages: [{name: hello-doc}]\npipeline:\n  - runs: "${text}"\n`;
    const compiled = await compile(file, { arch }, { buildOptions: ["fast"] });
    assert.equal(compiled.pipeline[0]?.script, value);
  });
}

test("the flavor of the C library ends the host's triplets only", async () => {
  const file = "pipeline: [{runs: '${{host.triplet.gnu}} ${{cross.triplet.gnu.glibc}}'}]";
  const compiled = await compile(file, { libcFlavor: "musl" });
  assert.equal(compiled.pipeline[0]?.script, "x86_64-pc-linux-musl x86_64-pc-linux-gnu");
});

test("a subpackage's steps see the subpackage, and its condition the whole map", async () => {
  const file = [
    "subpackages:",
    "  - name: hello-doc",
    "    if: ${{build.arch}} == 'x86_64'",
    "    setcap: [{path: /bin/x, reason: r, add: {cap_net_raw: +ep}}]",
    "    pipeline: [{runs: '${{targets.contextdir}} ${{targets.subpkgdir}} ${{subpkg.name}} ${{context.name}} ${{targets.destdir}}'}]",
    "  - name: hello-arm",
    "    if: ${{build.arch}} == 'aarch64'",
    "    pipeline: [{uses: split/dev}]",
  ].join("\n");
  const compiled = await compile(file);
  const out = "/home/build/melange-out";
  assert.deepEqual(
    compiled.subpackages.map((each) => [each.name, each.pipeline[0]?.script, each.setcap.length]),
    [["hello-doc", `${out}/hello-doc ${out}/hello-doc hello-doc hello-doc ${out}/hello`, 1]],
  );
  assert.deepEqual(compiled.environment.contents.packages, []);
});

test("a definition's inputs take values, defaults and forwarded values", async (t) => {
  const dir = await pipelines(t, {
    "outer.yaml":
      "name: Outer\ndescription: passed over\nneeds: {packages: ['p-${{inputs.x}}']}\ninputs:\n  x: {default: dx}\n  y: {default: 'y-${{inputs.x}}'}\n  z: {default: dz}\npipeline:\n  - uses: inner\n    with: {x: '${{inputs.x}}', z: literal}\n  - runs: outer ${{inputs.x}} ${{inputs.y}}\n",
    "inner.yaml":
      "inputs: {x: {default: inner-x}, y: {default: inner-y}, z: {required: true}}\nruns: |\n  inner ${{inputs.x}} ${{inputs.y}} ${{inputs.z}} ${{package.name}}\n",
  });
  const compiled = await compile("pipeline: [{uses: outer, with: {x: given, z: ''}}, {uses: outer}]", {
    pipelineDirs: [dir],
  });
  const [first, second] = compiled.pipeline;
  assert.equal(first?.pipeline[0]?.script, "inner given inner-y literal hello\n");
  assert.equal(first.pipeline[1]?.script, "outer given y-given");
  assert.deepEqual(first.inputs, { x: "given", y: "y-given", z: "dz" });
  assert.equal(second?.pipeline[1]?.script, "outer dx y-dx");
  assert.deepEqual(second.with, {});
  assert.equal(first.name, "");
  assert.deepEqual(compiled.environment.contents.packages, ["p-given", "p-dx"]);
});

test("a file of the user's takes the place of a built-in pipeline, and an earlier folder that of a later one", async (t) => {
  const one = await pipelines(t, { "fetch.yaml": "runs: one\n" });
  const two = await pipelines(t, { "fetch.yaml": "runs: two\n", "patch.yaml": "runs: two\n" });
  const compiled = await compile("pipeline: [{uses: fetch}, {uses: patch}]", { pipelineDirs: [one, two] });
  assert.deepEqual(
    compiled.pipeline.map(({ script }) => script),
    ["one", "two"],
  );
});

test("steps whose condition fails stay, without their needs", async () => {
  const file = [
    "vars: {x: one}",
    "pipeline:",
    "  - if: ${{build.arch}} == 'aarch64'",
    "    uses: patch",
    "    with: {patches: a}",
    "  - if: ${{vars.x}} == 'one'",
    "    uses: fetch",
    "    with: {uri: u, expected-none: 'true'}",
  ].join("\n");
  const compiled = await compile(file);
  assert.deepEqual(
    compiled.pipeline.map(({ enabled, if: condition }) => [enabled, condition]),
    [
      [false, `"x86_64" == 'aarch64'`],
      [true, `"one" == 'one'`],
    ],
  );
  assert.deepEqual(compiled.environment.contents.packages, ["wget"]);
});

test("conditions of a step and of its definition must both hold", async (t) => {
  const dir = await pipelines(t, {
    "p.yaml": "if: ${{inputs.on}} == 'yes'\ninputs: {on: {default: 'yes'}}\nruns: x\n",
  });
  const file = "pipeline: [{uses: p}, {uses: p, if: \"'a' == 'b'\"}, {uses: p, with: {on: 'no'}, if: \"'a' == 'a'\"}]";
  const compiled = await compile(file, { pipelineDirs: [dir] });
  assert.deepEqual(
    compiled.pipeline.map(({ enabled }) => enabled),
    [true, false, false],
  );
});

test("children inherit folder and variables, and their own come first", async () => {
  const file = [
    "pipeline:",
    "  - working-directory: src/${{package.name}}",
    "    environment: {A: parent, B: parent}",
    "    assertions: {required-steps: 2}",
    "    pipeline:",
    "      - runs: one",
    "      - runs: two",
    "        working-directory: other",
    "        environment: {A: child}",
  ].join("\n");
  const [step] = (await compile(file)).pipeline;
  assert.deepEqual(
    step?.pipeline.map(({ workingDirectory, environment }) => [workingDirectory, environment]),
    [
      ["src/hello", { A: "parent", B: "parent" }],
      ["other", { A: "child", B: "parent" }],
    ],
  );
  assert.equal(step.requiredSteps, 2);
});

test("every problem is reported at once, each at its place", async (t) => {
  const dir = await pipelines(t, {
    "bad.yaml": "runs: a\nruns: b\n",
    "loop.yaml": "pipeline: [{uses: loop}]\n",
    "needy.yaml": "inputs: {must: {required: true}, expected-sha256: {}}\nruns: |\n  echo\n  echo ${{inputs.nope}}\n",
  });
  const file = [
    "pipeline:",
    "  - uses: splitt/dev",
    "  - uses: ../secret",
    "  - uses: bad",
    "  - uses: loop",
    "  - uses: needy",
    "    with:",
    "      mus: x",
    "      expected-sha256: abc",
    "  - if: x == 'y'",
    "    runs: |",
    "      a",
    "      b ${{options.none.enabled}}",
  ].join("\n");
  assert.deepEqual(await problemsOf(compile(file, { pipelineDirs: [dir] })), [
    ["COMPILE_UNKNOWN_PIPELINE", "hello.yaml", 6, 11],
    ["COMPILE_BAD_PIPELINE_NAME", "hello.yaml", 7, 11],
    ["COMPILE_BAD_PIPELINE", join(dir, "bad.yaml"), 2, 1],
    ["COMPILE_PIPELINE_CYCLE", join(dir, "loop.yaml"), 1, 19],
    ["COMPILE_UNKNOWN_INPUT", "hello.yaml", 12, 12],
    ["COMPILE_MISSING_INPUT", "hello.yaml", 10, 5],
    ["COMPILE_BAD_INPUT", "hello.yaml", 13, 24],
    ["COMPILE_UNKNOWN_VARIABLE", join(dir, "needy.yaml"), 4, 8],
    ["COMPILE_BAD_CONDITION", "hello.yaml", 14, 9],
    ["COMPILE_UNKNOWN_VARIABLE", "hello.yaml", 17, 9],
  ]);
});

for (const name of ["..", "a/../b", "/etc/x", "a//b", "./a", "a\\b", "a b", "", "~x/y:z"].filter(
  (each) => each !== "",
)) {
  test(`the pipeline name ${JSON.stringify(name)} is refused`, async () => {
    const found = await problemsOf(compile(`pipeline: [{uses: ${JSON.stringify(name)}}]`));
    assert.deepEqual(
      found.map(([code]) => code),
      ["COMPILE_BAD_PIPELINE_NAME"],
    );
  });
}

test("an unknown pipeline comes with the names that are near", async () => {
  const failure = await compile("pipeline: [{uses: go/bild}]").catch((error: unknown) => error);
  assert.ok(isEngineError(failure));
  assert.match(failure.problems[0]?.hint ?? "", /`go\/build`/);
});

test("a test's guest holds the package under test and what its steps need, in order, each once", async () => {
  const file =
    "test: {environment: {contents: {packages: [zlib, bash]}}, pipeline: [{uses: patch, with: {patches: a}}, {uses: patch, with: {patches: b}}]}\nsubpackages: [{name: hello-doc, test: {pipeline: [{runs: x}]}}, {name: hello-dev, test: {pipeline: []}}]";
  const compiled = await compile(file);
  assert.deepEqual(compiled.test?.environment.contents.packages, ["bash", "hello", "patch", "zlib"]);
  assert.deepEqual(
    compiled.subpackages.map((each) => each.test?.environment.contents.packages),
    [["hello-doc"], []],
  );
});

test("what was compiled before is not looked up again", async () => {
  const compiled = await compile("pipeline: [{uses: gone, pipeline: [{runs: kept}]}]");
  assert.equal(compiled.pipeline[0]?.pipeline[0]?.script, "kept");
});

test("the JSON of a compiled package leaves out what is empty", async () => {
  const compiled = await compile(
    "pipeline: [{uses: patch, with: {patches: a}}]\nupdate: {enabled: false}\nvars: {x: y}",
  );
  const json = compiledToJson(compiled);
  assert.deepEqual(json["package"], {
    name: "hello",
    version: "1.2",
    epoch: 3,
    dependencies: {},
    checks: {},
    cpe: {},
    resources: {},
  });
  assert.deepEqual(Object.keys(json), ["package", "environment", "capabilities", "pipeline", "vars", "update"]);
  assert.deepEqual(json["update"], { enabled: false });
});
