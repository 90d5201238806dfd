import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "@apkmill/core";
import { openBench } from "./testing/bench.ts";
import { file, makeRepository, type TestRepository } from "./testing/repository.ts";

/** What a configuration says beside its repository, the error's code, and the line and column that it names. */
const wrong: readonly [yaml: string, code: string, place: string][] = [
  ["  packages: [base, !busybox]", "IMAGE_SYNTAX", "4:28"],
  ["  packages:\n    - base\n    - base==", "APK_BAD_DEPENDENCY", "6:7"],
  ["  packages: [base]\n  build_repositories: [./x, 'ftp://x/']", "REPOSITORY_LOCATION", "5:29"],
  ["  packages: [base]\n  runtime_keyring: [{name: k.rsa.pub, content: none}]", "KEY_FORMAT", "5:28"],
  ["  packages: [base]\ncmd: a 'b", "IMAGE_SYNTAX", "5:1"],
  ["  packages: [base]\nentrypoint: {type: x, command: 'a \\'}", "IMAGE_SYNTAX", "5:23"],
  ["  packages: [base]\nenvironment:\n  A: b\n  'C=D': e", "IMAGE_SYNTAX", "7:3"],
  ['  packages: [base]\nwork-dir: "/a\\nb"', "IMAGE_SYNTAX", "5:1"],
  ['  packages: [base]\nvolumes: [/a, ""]', "IMAGE_SYNTAX", "5:15"],
  ["  packages: [base]\nentrypoint: {type: x, services: {a: b, c d: e}}", "IMAGE_SYNTAX", "5:40"],
  [
    "  packages: [base]\naccounts: {users: [{username: a, uid: 1}, {username: 'b:c', uid: 2}]}",
    "IMAGE_ACCOUNT",
    "5:54",
  ],
  ["  packages: [base]\naccounts: {groups: [{groupname: +a, gid: 1}]}", "IMAGE_ACCOUNT", "5:33"],
  [
    "  packages: [base]\npaths:\n  - {path: /x, type: empty-file}\n  - {path: /y, type: permissions}",
    "IMAGE_PATH",
    "7:12",
  ],
  ["  packages: [base]\ncertificates: {additional: [{name: a, content: b}]}", "IMAGE_CERTIFICATE", "5:36"],
];

describe("an error about a value", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;
  before(async () => {
    bench = await openBench();
    repository = await makeRepository(bench.folder, [{ name: "base", items: [file("base")] }]);
  });
  after(() => bench.close());

  async function placeOf(yaml: string): Promise<readonly [code: string, file: string, place: string]> {
    const { path, key } = repository;
    const text = `contents:\n  repositories: ["${path}"]\n  keyring: ["${key}"]\n${yaml}\n`;
    const error = await bench.build(text, { dryRun: true }).then(
      () => assert.fail("it was built"),
      (problem: unknown) => problem,
    );
    assert.ok(isEngineError(error), String(error));
    const { file: name = "", line = 0, column = 0 } = error.context;
    return [error.code, name, `${String(line)}:${String(column)}`];
  }

  for (const [yaml, code, place] of wrong) {
    test(`stands where the value does: ${yaml.trim()}`, async () => {
      const [found, , where] = await placeOf(yaml);
      assert.deepEqual([found, where], [code, place]);
    });
  }

  test("stands in the included file that has the value", async () => {
    const base = join(bench.folder, "included.yaml");
    await writeFile(base, "cmd: x\nenvironment: {A: b, 'C=D': e}\n");
    assert.deepEqual(await placeOf(`  packages: [base]\ninclude: ${base}\nenvironment: {F: g}`), [
      "IMAGE_SYNTAX",
      base,
      "2:21",
    ]);
  });

  test("stands at the key where the value came by an alias", async () => {
    const yaml = "  packages: [base]\nannotations: {a: &bad 'x y'}\nentrypoint: {type: x, services: {*bad : run}}";
    assert.deepEqual((await placeOf(yaml)).slice(0, 1), ["IMAGE_SYNTAX"]);
  });
});
