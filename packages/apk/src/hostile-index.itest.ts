import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

/** What a sound answer is: how many packages are installed, or why there is none. */
const answers: Readonly<Record<string, string>> = {
  "a circle of 100,000": "100000",
  "a chain of 100,000": "100000",
  "a chain of 100,000 that ends nowhere": "APK_UNSATISFIABLE",
  "a package with 100,000 dependencies": "100001",
  "10,000 providers of one name that exclude each other": "1",
  "10,000 versions of one package": "APK_UNSATISFIABLE",
  "conflicts in exponentially many ways": "2000",
  "install_if in a circle of 10,000": "10001",
  "5,000 packages that bring each other by install_if": "APK_RESOLVE_LIMIT",
  "300 names with 3,000 providers each": "APK_RESOLVE_LIMIT",
  "1,000 packages that all need each other": "APK_RESOLVE_LIMIT",
  "200,000 records of one identity": "1",
  "a package that provides one name 100,000 times": "APK_UNSATISFIABLE",
  "a package that provides 200,000 names": "APK_UNSATISFIABLE",
  "two packages that provide one name 20,000 times and need 20,000": "APK_UNSATISFIABLE",
  "two versions that provide 40,000 names and need 6,000 which come one by one": "APK_RESOLVE_LIMIT",
  "an install_if of 40,000 conditions": "APK_RESOLVE_LIMIT",
  "a package with 150,000 dependencies that nothing provides": "APK_UNSATISFIABLE",
  "10,000 installed packages that go, and provide and need one name": "APK_RESOLVE_LIMIT",
};

test("hostile indexes end with the right answer or at a bound, in seconds, within a heap of 256 MiB", (t) => {
  const program = join(import.meta.dirname, "testing", "hostile-indexes.ts");
  const run = spawnSync(process.execPath, ["--max-old-space-size=256", program], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const found = run.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string; answer: string; seconds: number });
  for (const { name, seconds } of found) t.diagnostic(`${name}: ${seconds.toFixed(1)} s`);
  assert.deepEqual(Object.fromEntries(found.map(({ name, answer }) => [name, answer])), answers);
  // A few seconds on an idle machine; the bound allows for a busy one.
  for (const { name, seconds } of found) assert.ok(seconds < 20, `${name} took ${seconds.toFixed(1)} s`);
});
