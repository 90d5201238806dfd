import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isEngineError } from "@apkmill/core";
import { loadImageConfig, parseImageConfig } from "./image-load.ts";

async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "apkmill-image-"));
  t.after(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir, name, ".."), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

function codes(text: string): string[] {
  try {
    parseImageConfig(text);
  } catch (error) {
    assert.ok(isEngineError(error));
    return error.problems.map(({ code }) => code);
  }
  return [];
}

test("a configuration has every list and the defaults", () => {
  const image = parseImageConfig(
    [
      "contents: {repositories: ['https://example.invalid/os/', '@local ./packages/'], packages: [a, 'b=1']}",
      "entrypoint: {command: /bin/sh -l}",
      "accounts: {run-as: 65532, users: [{username: nonroot, uid: 65532}], groups: [{groupname: nonroot, gid: 65532}]}",
      "archs: [x86_64, aarch64, arm/v7]",
      "environment: {A: 1, B: true}",
      "paths: [{path: /x, type: directory, permissions: 0o755, uid: 1}, {path: /y, type: symlink, source: /x}]",
      "layering: {}",
    ].join("\n"),
  );
  assert.deepEqual(image.contents.repositories, ["https://example.invalid/os", "@local ./packages"]);
  assert.deepEqual(image.contents.packages, ["a", "b=1"]);
  assert.equal(image.accounts.runAs, "65532");
  assert.deepEqual(image.accounts.users, [
    { userName: "nonroot", uid: 65532, gid: 65532, shell: "/bin/sh", homeDir: "/home/nonroot" },
  ]);
  assert.deepEqual(image.archs, ["amd64", "arm64", "arm/v7"]);
  assert.deepEqual(image.environment, { A: "1", B: "true" });
  assert.deepEqual(image.paths, [
    { path: "/x", type: "directory", uid: 1, permissions: 0o755, source: "", recursive: false },
    { path: "/y", type: "symlink", source: "/x", recursive: false },
  ]);
  assert.equal(image.layering, undefined);
  assert.deepEqual(image.volumes, []);
});

const refusals: readonly (readonly [string, string])[] = [
  ["accounts: {recursive: true}", "CONFIG_UNKNOWN_KEY"],
  ["os-release: {}", "CONFIG_UNKNOWN_KEY"],
  ["archs: [host]", "CONFIG_BAD_VALUE"],
  ["accounts: {users: [{username: root, uid: 0}]}", "CONFIG_BAD_VALUE"],
  ["accounts: {users: [{uid: 1}]}", "CONFIG_MISSING_KEY"],
  ["accounts: {users: [{username: a, uid: -1}]}", "CONFIG_WRONG_TYPE"],
  ["accounts: {users: [{username: a, uid: 4294967296}]}", "CONFIG_WRONG_TYPE"],
  ["paths: [{path: /x, type: file}]", "CONFIG_BAD_VALUE"],
  ["format: erofs", "CONFIG_BAD_VALUE"],
  ["layering: {strategy: best}", "CONFIG_BAD_VALUE"],
  ["certificates: {additional: [{name: ../x, content: y}]}", "CONFIG_BAD_VALUE"],
  ["contents: {runtime_keyring: [{name: a, content: x}, {name: a, content: y}]}", "CONFIG_BAD_VALUE"],
  ["contents: {baseimage: {image: x, apkindex: y}}\ncmd: z", "CONFIG_BAD_VALUE"],
  ["include: base.yaml", "CONFIG_UNSUPPORTED"],
  ["contents: [a]", "CONFIG_WRONG_TYPE"],
];

for (const [text, code] of refusals) {
  test(`${JSON.stringify(text)} is refused with ${code}`, () => {
    assert.deepEqual(codes(text), [code]);
  });
}

test("an included file is the base that the including one adds to and overrides", async (t) => {
  const dir = await folder(t, {
    "app.yaml": "include: base.yaml\ncontents: {packages: [app]}\nenvironment: {A: own}\ncmd: run\narchs: [amd64]\n",
    "inc/base.yaml":
      "contents: {packages: [base], keyring: [k]}\nenvironment: {A: base, B: base}\ncmd: stop\nwork-dir: /srv\nvcs-url: u\nentrypoint: {command: e}\naccounts: {run-as: root}\n",
  });
  const image = await loadImageConfig(join(dir, "app.yaml"), { includePaths: [join(dir, "inc")] });
  assert.deepEqual(image.contents.packages, ["base", "app"]);
  assert.deepEqual(image.contents.keyring, ["k"]);
  assert.deepEqual(image.environment, { A: "own", B: "base" });
  assert.deepEqual(
    [image.cmd, image.workDir, image.vcsUrl, image.entrypoint.command, image.accounts.runAs],
    ["run", "/srv", "u", "e", "root"],
  );
  assert.deepEqual(image.archs, ["amd64"]);
});

test("a missing include and a circle are reported where they stand", async (t) => {
  const dir = await folder(t, { "a.yaml": "cmd: x\ninclude: none.yaml\n" });
  await writeFile(join(dir, "b.yaml"), `include: ${join(dir, "b.yaml")}\n`);
  const found = async (name: string): Promise<unknown> =>
    loadImageConfig(join(dir, name)).catch((error: unknown) =>
      isEngineError(error) ? error.problems.map(({ code, context }) => [code, context.line, context.column]) : error,
    );
  assert.deepEqual(await found("a.yaml"), [["CONFIG_INCLUDE_MISSING", 2, 10]]);
  assert.deepEqual(await found("b.yaml"), [["CONFIG_INCLUDE_CYCLE", 1, 10]]);
});
