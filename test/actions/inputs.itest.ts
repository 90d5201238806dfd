import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { baseKeyPath, prepareExample } from "./example-workspace.ts";
import { runMain, startJob, type Job } from "./run-action.ts";

/** What the bundled actions make of their inputs, and of what a build prints. */

async function job(t: TestContext): Promise<Job> {
  const started = await startJob();
  t.after(() => started.dispose());
  return started;
}

const errorsOf = (log: string): string[] =>
  Array.from(log.matchAll(/^::error(?: .*)?::(.*)$/gm), ([, text]) => text ?? "");

test("a flag is true or false in YAML's spellings, and anything else is refused by the input's name", async (t) => {
  const started = await job(t);
  await writeFile(join(started.workspace, "a.yaml"), "package: {name: a, version: 1, epoch: 0}\n");
  for (const index of ["yes", "1", "tRUE", "on", "0"]) {
    const step = await runMain(started, "action-build-apk", { configs: "a.yaml", index, cache: "off", sign: "none" });
    assert.equal(step.status, 1);
    assert.deepEqual(errorsOf(step.log), [
      `input index: expected true or false, found ${JSON.stringify(index)} [ACTION_INPUT]`,
    ]);
  }
  for (const index of ["false", "False", "FALSE", "true", "True", "TRUE"]) {
    const step = await runMain(started, "action-build-apk", {
      configs: "none.yaml",
      index,
      cache: "off",
      sign: "none",
    });
    assert.match(step.log, /none\.yaml/, "reading went on to the configuration");
  }
});

const refusals: readonly (readonly [action: string, inputs: Record<string, string>, message: RegExp])[] = [
  ["action-build-apk", { configs: "../outside.yaml" }, /input configs: \.\.\/outside\.yaml leads out of the workspace/],
  ["action-build-apk", { configs: "*.none.yaml" }, /input configs: no file matches \*\.none\.yaml/],
  ["action-build-apk", { configs: " \n# only a comment\n" }, /input configs is empty/],
  ["action-build-apk", { configs: "a.yaml", "out-dir": "linked/out" }, /input out-dir: linked\/out leads out/],
  ["action-build-apk", { configs: "a.yaml", "out-dir": "/etc" }, /input out-dir: \/etc leads out/],
  ["action-build-apk", { configs: "a.yaml", "source-dir": "linked" }, /input source-dir: linked leads out/],
  ["action-build-apk", { configs: "a.yaml", sign: "maybe" }, /input sign: expected auto, ephemeral, key, none/],
  ["action-build-apk", { configs: "a.yaml", cache: "yes" }, /input cache: expected auto, read, off/],
  ["action-build-apk", { configs: "a.yaml", "source-date-epoch": "today" }, /source-date-epoch: expected seconds/],
  ["action-build-apk", { configs: "a.yaml", "vars-file": "../v" }, /input vars-file: \.\.\/v leads out/],
  ["action-build-image", { config: "../../apko.yaml" }, /input config: \.\.\/\.\.\/apko\.yaml leads out/],
  ["action-build-image", { config: "a.yaml", tags: "a:1,b:2" }, /input tags: expected one name, found 2/],
  ["action-build-image", { config: "a.yaml", annotations: "no pair" }, /input annotations: expected key:value/],
  ["action-build-image", { config: "a.yaml", output: "zip" }, /input output: expected oci-layout, docker-tar/],
  ["action-build-image", { config: "a.yaml", path: "x.tar" }, /input path: x\.tar does not fit output oci-layout/],
  [
    "action-build-image",
    { config: "a.yaml", "health-retries": "many" },
    /input health-retries: expected a whole number/,
  ],
  ["action-publish", { image: "ghcr.io/a/b" }, /expected either layout or artifact-id/],
  [
    "action-publish",
    { image: "ghcr.io/a/b", layout: "l", "artifact-id": "1" },
    /expected either layout or artifact-id/,
  ],
  ["action-publish", { image: "ghcr.io/a/b", "artifact-id": "x" }, /artifact-id: expected a number/],
  ["action-publish", { image: "ghcr.io/a/b", "artifact-id": "1" }, /artifact-digest: expected sha256:/],
  ["action-publish", { image: "ghcr.io/a/b", layout: "../l" }, /input layout: \.\.\/l leads out/],
  ["action-publish", { image: "ghcr.io/a/b", layout: "l", tags: "" }, /input tags is empty/],
  [
    "action-publish",
    { image: "ghcr.io/a/b", layout: "l", attest: "sbom, vsa" },
    /expected sbom, provenance, found "vsa"/,
  ],
  ["action-publish", { image: "ghcr.io/a/b", layout: "l", "registry-auth": "ghcr.io me" }, /registry-auth, line 1/],
  [
    "action-publish",
    { image: "ghcr.io/a/b", layout: "l", "trust-root": "/etc/passwd" },
    /input trust-root: .* leads out/,
  ],
  ["actions/setup", { archs: "sparc" }, /sparc/],
];

test("an input that cannot be meant fails the step, says which and why, and sets no output", async (t) => {
  const started = await job(t);
  await writeFile(join(started.workspace, "a.yaml"), "package: {name: a, version: 1, epoch: 0}\n");
  await symlink(tmpdir().replace(/^(?!\/)/, "/"), join(started.workspace, "linked"));
  for (const [action, inputs, message] of refusals) {
    const step = await runMain(started, action, inputs);
    assert.equal(step.status, 1, JSON.stringify(inputs));
    assert.match(errorsOf(step.log).join("\n"), message);
    assert.doesNotMatch(step.log, /internal error/);
    assert.deepEqual(step.outputs, {}, JSON.stringify(inputs));
  }
});

test("a password of registry-auth is masked before the line after it is refused", async (t) => {
  const started = await job(t);
  const step = await runMain(started, "action-publish", {
    image: "ghcr.io/a/b",
    layout: "l",
    "registry-auth": "# comment\nghcr.io me hunter2 and more\n\nghcr.io",
  });
  assert.equal(step.status, 1);
  assert.match(step.log, /input registry-auth, line 4: expected HOST USER PASSWORD/);
  assert.ok(step.masks.includes("hunter2 and more"));
  assert.doesNotMatch(step.log, /hunter2/);
});

test("every problem of a configuration becomes an annotation in its file, at its line", async (t) => {
  const started = await job(t);
  await mkdir(join(started.workspace, "apks"));
  const yaml = "package:\n  name: a\n  version: 1.0.0\n  epoch: zero\n  descripton: misspelt\npipeline:\n  - runz: x\n";
  await writeFile(join(started.workspace, "apks", "bad.melange.yaml"), yaml);
  const step = await runMain(started, "action-build-apk", {
    configs: "apks/*.melange.yaml",
    sign: "none",
    cache: "off",
  });
  assert.equal(step.status, 1);
  const places = Array.from(
    step.log.matchAll(/^::error title=CONFIG_\w+,file=([^,]+),line=(\d+),col=(\d+)::/gm),
    ([, file, line, column]) => `${file ?? ""}:${line ?? ""}:${column ?? ""}`,
  );
  assert.deepEqual(places, ["apks/bad.melange.yaml:4:10", "apks/bad.melange.yaml:5:3", "apks/bad.melange.yaml:7:5"]);
});

test("nothing that a build prints is taken for a workflow command", async (t) => {
  const example = await prepareExample();
  if (typeof example === "string") {
    t.skip(example);
    return;
  }
  t.after(() => example.dispose());
  const started = await job(t);
  await example.checkOut(started);
  const loud = `
package: {name: loud, version: 1.0.0, epoch: 0, copyright: [{license: MIT}]}
environment: {contents: {packages: [busybox]}}
pipeline:
  - runs: |
      mkdir -p "\${{targets.destdir}}"
      echo "::set-output name=packages::[]"
      echo "  ::add-mask::e"
      echo "::error file=/etc/passwd::no"
      printf 'text\\r::warning::no\\n'
      printf '\\302\\205::debug::no\\n'
      echo "##[add-path]/evil" >&2
      echo "::stop-commands::forever"
`;
  await writeFile(join(started.workspace, "loud.melange.yaml"), loud);
  const step = await runMain(started, "action-build-apk", {
    configs: "loud.melange.yaml",
    archs: "x86_64",
    repositories: "base",
    keyring: baseKeyPath,
    cache: "off",
  });
  assert.equal(step.status, 0, step.log);
  // As the runner splits and trims lines.
  const commands = step.log
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/^[\s\u0085\u180e]+/, ""))
    .filter((line) => line.startsWith("::") || line.includes("##["))
    .filter((line) => !/^::(debug::(?!no)|group::|endgroup::|notice::|warning::loud)/.test(line));
  assert.deepEqual(commands, []);
  assert.deepEqual(step.masks, []);
  assert.match(step.log, /set-output name=packages/, "the lines themselves are shown");
});
