import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkout } from "../../scripts/checkout.ts";
import { run, runOrThrow, type Ran } from "./apkmill.ts";

/** The checks can fail: each of three planted faults makes `npm run check` fail, and says which. */
describe("npm run check", () => {
  let copy: string;

  before(async () => {
    // Beside the checkout's own modules, so that they can be linked; bundles depend on where modules are.
    const place = join(checkout, "out");
    mkdirSync(place, { recursive: true });
    copy = mkdtempSync(join(place, "checks-"));
    const left = new Set(["node_modules", ".git", "out"]);
    for (const name of readdirSync(checkout))
      if (!left.has(name)) cpSync(join(checkout, name), join(copy, name), { recursive: true });
    await linkModules(copy);
  });

  after(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  const tool = (name: string, args: readonly string[]): Promise<Ran> =>
    run([join(checkout, "node_modules", ".bin", name), ...args], { cwd: copy });
  const planted = async (path: string, text: string, work: () => Promise<Ran>): Promise<Ran> => {
    const before = readFileSync(join(copy, path), "utf8");
    writeFileSync(join(copy, path), `${before}\n${text}\n`);
    const ran = await work();
    writeFileSync(join(copy, path), before);
    return ran;
  };
  const floors = (): Promise<Ran> =>
    tool("depcruise", ["packages/core", "packages/apk", "packages/config", "--config", ".dependency-cruiser.js"]);
  const lint = (): Promise<Ran> => tool("eslint", ["--max-warnings=0", "packages/core/src"]);
  const dist = (): Promise<Ran> => run([process.execPath, "scripts/bundle.ts", "--check"], { cwd: copy });

  test("passes the floor rule, lint and dist as the checkout stands", async () => {
    for (const check of [floors, lint, dist]) {
      const { status, stdout, stderr } = await check();
      assert.equal(status, 0, `${stdout}${stderr}`);
    }
  });

  test("fails on an import from a higher floor, by package name and by path, and on one past an index.ts", async () => {
    const imports = [
      'import { toApkArch } from "@apkmill/apk"; toApkArch("");',
      'import type { Keyring } from "@apkmill/apk"; export type Planted = Keyring;',
      'export const planted = import("../../apk/src/index.ts");',
    ];
    for (const text of imports) {
      const { status, stdout } = await planted("packages/core/src/limits.ts", text, floors);
      assert.notEqual(status, 0, text);
      assert.match(stdout, /floor-of-core/);
    }
    const past = await planted(
      "packages/config/src/index.ts",
      'export { compareVersions as planted } from "../../apk/src/version.ts";',
      floors,
    );
    assert.notEqual(past.status, 0);
    assert.match(past.stdout, /through-the-index/);
  });

  test("fails on a lint error", async () => {
    const { status, stdout } = await planted("packages/core/src/limits.ts", "export const planted: any = 1;", lint);
    assert.notEqual(status, 0);
    assert.match(stdout, /no-explicit-any/);
  });

  test("fails on a stale dist, and names the file", async () => {
    const { status, stdout } = await planted("action-publish/dist/main.mjs", "// planted", dist);
    assert.notEqual(status, 0);
    assert.match(stdout, /action-publish\/dist\/main\.mjs is stale/);
    const source = await planted(
      "packages/core/src/digest.ts",
      'export const planted: string = process.env["PLANTED"] ?? "";\nconsole.log(planted);',
      dist,
    );
    assert.notEqual(source.status, 0);
  });
});

/** The same installed modules, hard-linked, with the workspace's own packages being those of the copy. */
async function linkModules(copy: string): Promise<void> {
  await runOrThrow(["cp", "-al", join(checkout, "node_modules"), join(copy, "node_modules")]);
}
