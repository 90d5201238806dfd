import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { runCommand } from "./checkout.ts";

/** The command as a caller meets it: what it prints, and how it ends. The cases are of our own making. */
describe("npm run conformance", () => {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, lines: readonly string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, `${lines.join("\n")}\n`);
    return path;
  };
  const universe = (answer: object): string =>
    JSON.stringify({ repositories: [[{ name: "a", version: "1" }]], add: ["a"], ...answer });
  const good = file("good.jsonl", [universe({ rc: 0, changes: [["installing", "a", "1"]] })]);
  const bad = file("bad.jsonl", [
    universe({ rc: 0, changes: [["installing", "a", "2"]] }),
    universe({ rc: 1, error: "ERROR: unable to select packages:\n  a-1:\n    breaks: world[a]\n" }),
  ]);
  const versions = file("versions.tsv", ["1\t2\t<", "1.\t1\tinvalid"]);
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    runCommand("node", ["scripts/conformance.ts", ...args], env);

  test("ends well when every case agrees, and counts them", async () => {
    const { status, output } = await run([good, versions]);
    assert.equal(status, 0, output);
    assert.match(output, /universe +1 cases: verdict 1\/1, set 1\/1, order 1\/1, satisfied 1\/1/);
    assert.match(output, /versions +2 cases: verdict 2\/2/);
    assert.match(output, /all 3 agree/);
  });

  test("ends with 1 and lists what differs", async () => {
    const { status, output } = await run([bad]);
    assert.equal(status, 1);
    assert.match(output, /verdict 1\/2, set 0\/1, order 0\/1, satisfied 1\/1, heads 0\/1/);
    assert.match(output, /bad\.jsonl:1: add a: only we install a-1; only apk installs a-2/);
    assert.match(output, /bad\.jsonl:2: add a: we find a solution, apk does not/);
  });

  test("--json gives one value with the same counts, for a folder too", async () => {
    const { status, output } = await run(["--json", folder]);
    const { equal, files } = JSON.parse(output) as { equal: boolean; files: { kind: string; cases: number }[] };
    assert.equal(status, 1);
    assert.equal(equal, false);
    assert.deepEqual(
      files.map(({ kind, cases }) => `${kind} ${cases}`),
      ["universe 2", "universe 1", "versions 2"],
    );
  });

  test("ends with 2 where there is nothing to compare with: what is missing is not counted", async () => {
    const missing = await run([], { APKMILL_CORPORA: join(folder, "none") });
    assert.equal(missing.status, 2);
    assert.match(missing.output, /needs the corpora/);
    const resolve = file("needs-alpine.jsonl", [JSON.stringify({ add: ["a"], rc: 0, install: [] })]);
    for (const args of [[resolve], [join(folder, "absent.jsonl")], ["--unknown"]]) {
      const { status } = await run(args, { APKMILL_CORPORA: join(folder, "none") });
      assert.equal(status, 2, args.join(" "));
    }
    rmSync(resolve);
  });
});
