import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { analyse } from "./analyse.ts";
import { installedSize } from "./installed-size.ts";
import { lint } from "./lint.ts";
import { readTree } from "./read-tree.ts";
import { corpora } from "./testing/corpora.ts";

const golden = join(corpora, "golden/analysis");
const skip = existsSync(golden) ? false : `needs the corpus ${golden}`;

interface Expected {
  readonly package: string;
  readonly tree: string;
  readonly depend: string[];
  readonly provides: string[];
  readonly size: number;
  readonly lint: string[];
}

const cases: Expected[] = skip
  ? []
  : readFileSync(join(golden, "expected.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Expected);

test("there are cases to compare with", { skip }, () => assert.ok(cases.length > 0));

for (const expected of cases) {
  test(`the analysis of ${expected.package} is melange's`, async () => {
    const root = mkdtempSync(join(tmpdir(), "apkmill-analysis-"));
    try {
      execFileSync("tar", ["-xzf", join(golden, expected.tree), "-C", root, "--no-same-owner", "-p"]);
      const owners = {
        allRoot: true,
        buildUser: { uid: 1000, gid: 1000 },
        userNames: new Map(),
        groupNames: new Map(),
      };
      const tree = await readTree(root, { packageName: expected.package, mtime: 0, owners });
      const found = await analyse({
        tree,
        siblings: [tree],
        fullVersion: "1.0.0-r0",
        declared: { depends: [], provides: [] },
        options: { noCommands: false, noDepends: false, noProvides: false, noVersionedShlibDeps: false },
      });
      assert.deepEqual(found.depends, expected.depend);
      assert.deepEqual(found.provides, [...expected.provides].sort());
      const warnings = await lint({ tree, testPipelines: new Set() }, { disabled: [] });
      assert.deepEqual(
        warnings.map((finding) => finding.message),
        expected.lint,
      );
      // What is left is the SBOM that melange adds, 4 folders and one file of its own making.
      const sbom = expected.size - installedSize(tree.entries) - extraFolders(tree.entries.map((entry) => entry.path));
      assert.ok(sbom > 1500 && sbom < 5000, `the sizes differ by ${String(sbom)}`);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}

function extraFolders(paths: readonly string[]): number {
  return ["var", "var/lib", "var/lib/db", "var/lib/db/sbom"].filter((path) => !paths.includes(path)).length * 4096;
}
