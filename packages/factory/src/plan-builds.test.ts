import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { planBuilds } from "./plan-builds.ts";

const folder = mkdtempSync(join(tmpdir(), "apkmill-plan-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function config(name: string, body: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, `package: {name: ${name}, version: "1.0", epoch: 0}\n${body}`);
  return path;
}

const app = config("app", "environment: {contents: {packages: [busybox, lib-dev]}}\npipeline: [{runs: make}]\n");
const lib = config("lib", "subpackages: [{name: lib-dev}]\n");
const only = join(folder, "only.yaml");
writeFileSync(only, "package: {name: only, version: '1', epoch: 0, target-architecture: [amd64]}\n");

test("waves follow what environments ask for, and a matrix says the same", async () => {
  const plan = await planBuilds({ configs: [app, lib], archs: ["amd64"], limits: defaultLimits });
  assert.deepEqual(plan.waves, [
    [{ config: lib, packages: ["lib", "lib-dev"], arch: "x86_64" }],
    [{ config: app, packages: ["app"], arch: "x86_64" }],
  ]);
  assert.deepEqual(
    plan.matrix.include.map(({ config: file, wave }) => [file, wave]),
    [
      [lib, 0],
      [app, 1],
    ],
  );
});

test("architectures share waves, and a configuration is left out where it is not meant for one", async () => {
  const { waves } = await planBuilds({ configs: [lib, only], archs: ["x86_64", "aarch64"], limits: defaultLimits });
  assert.deepEqual(
    waves.map((wave) => wave.map(({ packages, arch }) => `${packages[0] ?? ""}/${arch}`)),
    [["lib/x86_64", "only/x86_64", "lib/aarch64"]],
  );
});
