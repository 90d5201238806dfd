import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { parseVcsUrl, probeVcs } from "./vcs.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";

async function checkout(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-vcs-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ "images/web.yaml": "", ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const remote = (url: string): string => `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n\tfetch = x\n`;
const probe = (folder: string): ReturnType<typeof probeVcs> => probeVcs(join(folder, "images/web.yaml"), folder);

describe("the checkout of a configuration", () => {
  const urls: readonly [written: string, url: string][] = [
    ["https://git.example.com/acme/app", "https://git.example.com/acme/app"],
    ["https://user:token@git.example.com/acme/app.git", "https://git.example.com/acme/app.git"],
    ["git@git.example.com:acme/app.git", "git+ssh://git.example.com/acme/app.git"],
    ["ssh://git@git.example.com/acme/app", "ssh://git.example.com/acme/app"],
  ];
  for (const [written, url] of urls) {
    test(`with the remote ${written.replace(/:[^/@]*@/, ":…@")} is at ${url}`, async (t) => {
      const folder = await checkout(t, { ".git/config": remote(written), ".git/HEAD": `${commit}\n` });
      assert.deepEqual(await probe(folder), { url, revision: commit });
    });
  }

  test("has the commit of its branch, loose or packed", async (t) => {
    const head = { ".git/config": remote("https://h/a"), ".git/HEAD": "ref: refs/heads/main\n" };
    const loose = await checkout(t, { ...head, ".git/refs/heads/main": `${commit}\n` });
    const packed = await checkout(t, { ...head, ".git/packed-refs": `# pack-refs\n${commit} refs/heads/main\n` });
    assert.equal((await probe(loose))?.revision, commit);
    assert.equal((await probe(packed))?.revision, commit);
  });

  test("may be a worktree", async (t) => {
    const folder = await checkout(t, {
      ".git": "gitdir: main/.git/worktrees/w\n",
      "main/.git/worktrees/w/HEAD": "ref: refs/heads/w\n",
      "main/.git/worktrees/w/commondir": "../..\n",
      "main/.git/config": remote("https://h/a"),
      "main/.git/refs/heads/w": `${commit}\n`,
    });
    assert.deepEqual(await probe(folder), { url: "https://h/a", revision: commit });
  });

  test("is not looked for above the folder that is named", async (t) => {
    const folder = await checkout(t, { ".git/config": remote("https://h/a"), ".git/HEAD": `${commit}\n` });
    assert.equal(await probeVcs(join(folder, "images/web.yaml"), join(folder, "images")), undefined);
  });

  for (const [what, files] of [
    ["no remote", { ".git/config": "[core]\n", ".git/HEAD": `${commit}\n` }],
    ["no commit yet", { ".git/config": remote("https://h/a"), ".git/HEAD": "ref: refs/heads/main\n" }],
    ["a reference that leads out of it", { ".git/config": remote("https://h/a"), ".git/HEAD": "ref: ../../x\n" }],
  ] as const) {
    test(`says nothing when it has ${what}`, async (t) => {
      assert.equal(await probe(await checkout(t, files)), undefined);
    });
  }
});

describe("a vcs-url", () => {
  test("is an address and a revision, without the user", () => {
    assert.deepEqual(parseVcsUrl(`https://u:p@h/a@${commit}`), { url: "https://h/a", revision: commit });
    assert.deepEqual(parseVcsUrl("https://h/a@feature/x"), { url: "https://h/a", revision: "feature/x" });
    assert.deepEqual(parseVcsUrl("https://h/a@v1@b/c"), { url: "https://h/a", revision: "v1@b/c" });
    assert.deepEqual(parseVcsUrl("git@h:a@v1"), { url: "git+ssh://h/a", revision: "v1" });
    assert.equal(parseVcsUrl("https://h/a"), undefined);
    assert.equal(parseVcsUrl("https://u@h/a"), undefined);
    assert.equal(parseVcsUrl(""), undefined);
  });
});
