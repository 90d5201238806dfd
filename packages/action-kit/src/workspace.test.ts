import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { locations, workspaceFiles, workspacePath } from "./workspace.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "workspace-")));
const [workspace, temp] = [join(root, "work space"), join(root, "temp")];

before(() => {
  for (const folder of [workspace, temp, join(workspace, "sub"), join(root, "outside")]) mkdirSync(folder);
  for (const file of ["b.yaml", "a.yaml", "Z.yaml", "sub/c.yaml", "note.txt"]) writeFileSync(join(workspace, file), "");
  symlinkSync(join(root, "outside"), join(workspace, "escape"));
  symlinkSync("sub", join(workspace, "inner"));
  symlinkSync(workspace, join(root, "link-to-workspace"));
  process.env["GITHUB_WORKSPACE"] = workspace;
  process.env["RUNNER_TEMP"] = temp;
});

after(() => {
  rmSync(root, { recursive: true });
});

test("a path may lie in the workspace or in the temporary folder, also before it exists", async () => {
  assert.equal(await workspacePath("x", "a.yaml"), join(workspace, "a.yaml"));
  assert.equal(await workspacePath("x", "."), workspace);
  assert.equal(await workspacePath("x", "new/folder"), join(workspace, "new", "folder"));
  assert.equal(await workspacePath("x", "inner/c.yaml"), join(workspace, "sub", "c.yaml"));
  assert.equal(await workspacePath("x", join(temp, "t")), join(temp, "t"));
  assert.equal(await workspacePath("x", "..data"), join(workspace, "..data"));
});

test("a path that leads out, in letters or through a link, is refused by the input's name", async () => {
  for (const path of [
    "..",
    "../outside",
    "sub/../../outside",
    "/etc/passwd",
    "escape",
    "escape/new",
    `${workspace}-x`,
  ]) {
    await assert.rejects(workspacePath("out-dir", path), { code: "ACTION_INPUT", message: /^input out-dir: / }, path);
  }
});

test("a workspace that is reached through a link is the same workspace", async () => {
  process.env["GITHUB_WORKSPACE"] = join(root, "link-to-workspace");
  assert.equal(await workspacePath("x", "a.yaml"), join(workspace, "a.yaml"));
  process.env["GITHUB_WORKSPACE"] = workspace;
});

test("globs give files in the order of their bytes, paths stay where they were, and each file comes once", async () => {
  const names = async (patterns: string[]): Promise<string[]> =>
    (await workspaceFiles("configs", patterns)).map((path) => path.slice(workspace.length + 1));
  assert.deepEqual(await names(["*.yaml"]), ["Z.yaml", "a.yaml", "b.yaml"]);
  assert.deepEqual(await names(["b.yaml", "**/*.yaml"]), ["b.yaml", "Z.yaml", "a.yaml", "sub/c.yaml"]);
  assert.deepEqual(await names(["missing.yaml"]), ["missing.yaml"]);
  await assert.rejects(workspaceFiles("configs", ["*.none"]), { code: "ACTION_INPUT" });
});

test("repositories and keys are sorted into paths and URLs, with their tags", async () => {
  assert.deepEqual(
    await locations("repositories", ["base", "@edge ./sub", "https://a.example/x", "@t http://b.example", "/opt/x"]),
    {
      local: [join(workspace, "base"), `@edge ${join(workspace, "sub")}`, "/opt/x"],
      remote: ["https://a.example/x", "@t http://b.example"],
    },
  );
  await assert.rejects(locations("repositories", ["../outside"]), { code: "ACTION_INPUT" });
});
