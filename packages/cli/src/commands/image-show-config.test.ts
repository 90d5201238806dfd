import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { allArchs, toOciArch } from "@apkmill/apk";
import { hostArch } from "@apkmill/sandbox";
import { runCommand, temporaryFolder } from "../testing/run-command.ts";

test("image show-config prints the configuration with what it includes and what the options add", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "base.yaml"), "contents: {packages: [base]}\nenvironment: {A: a, B: b}\n");
  await writeFile(join(folder, "app.yaml"), "include: base.yaml\ncontents: {packages: [app]}\nenvironment: {B: c}\n");
  const argv = ["image", "show-config", "--include-paths", folder, "app.yaml", "-p", "more", "--arch", "x86_64,armv7"];
  const more = ["-r", "@edge https://u:hunter2@x.example/r", "-b", "./b", "-k", "./k.rsa.pub"];
  const { status, stdout } = await runCommand(folder, [...argv, ...more]);
  assert.equal(status, 0);
  assert.equal(
    stdout,
    `contents:
    build_repositories:
        - ./b
    repositories:
        - "@edge https://x.example/r"
    keyring:
        - ./k.rsa.pub
    packages:
        - base
        - app
        - more
archs:
    - amd64
    - arm/v7
environment:
    A: a
    B: c
`,
  );
  const json = await runCommand(folder, [...argv, ...more, "--json"]);
  assert.deepEqual(JSON.parse(json.stdout), {
    contents: {
      build_repositories: ["./b"],
      repositories: ["@edge https://x.example/r"],
      keyring: ["./k.rsa.pub"],
      packages: ["base", "app", "more"],
    },
    archs: ["amd64", "arm/v7"],
    environment: { A: "a", B: "c" },
  });
});

test("image show-config refuses what a build refuses, with its place", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "apko.yaml");
  await writeFile(path, "accounts:\n  recursive: true\n");
  const { status, stderr } = await runCommand(folder, ["image", "show-config", path]);
  assert.equal(status, 1);
  assert.match(stderr, /apko\.yaml:2:3: unknown key `recursive` in `accounts` \[CONFIG_UNKNOWN_KEY\]\n.*did you mean/);
});

test("image schema prints the schema that the documents hold", async (t) => {
  const { status, stdout } = await runCommand(await temporaryFolder(t), ["image", "schema"]);
  assert.equal(status, 0);
  const documented = join(import.meta.dirname, "../../../../docs/schemas/apko.schema.json");
  assert.deepEqual(JSON.parse(stdout), JSON.parse(await readFile(documented, "utf8")));
});

test("--arch host is this machine's architecture, --arch all every one", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "app.yaml"), "contents: {packages: [app]}\narchs: [s390x]\n");
  const archsOf = async (arch: string): Promise<unknown> => {
    const { stdout } = await runCommand(folder, [
      "image",
      "show-config",
      join(folder, "app.yaml"),
      "--arch",
      arch,
      "--json",
    ]);
    return (JSON.parse(stdout) as { readonly archs: unknown }).archs;
  };
  assert.deepEqual(await archsOf("host"), [toOciArch(hostArch())]);
  assert.deepEqual(await archsOf("all"), allArchs);
});
