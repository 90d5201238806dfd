import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { wholeAlpine } from "./testing/alpine.ts";
import { corpora, missing, openBench } from "./testing/bench.ts";

const list = join(corpora, "golden/image/_large-packages.txt");
const skip = missing("alpine-3.19-x86_64") || missing("golden/image/_large-packages.txt");

test("the store after a build takes at most 1.1 times the packages, on disk as well", { skip }, async (t) => {
  const bench = await openBench();
  t.after(() => bench.close());
  const { path, key } = await wholeAlpine(bench.folder);
  const wanted = readFileSync(list, "utf8")
    .split(/\s+/)
    .filter((name) => name !== "");
  const config = `contents: {repositories: [${path}], keyring: [${key}], packages: [${wanted.join(", ")}]}\n`;
  const { platforms } = await bench.build(config);
  const packages = (platforms[0]?.packages ?? []).map((label) =>
    join(path, "x86_64", `${label.replace("=", "-")}.apk`),
  );
  const fetched = packages.reduce((sum, file) => sum + statSync(file).size, 0);
  const { store } = bench.ports;
  const files = readdirSync(store.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const stats = files.map(({ parentPath, name }) => statSync(join(parentPath, name)));
  const bytes = stats.reduce((sum, { size }) => sum + size, 0);
  const blocks = stats.reduce((sum, stat) => sum + stat.blocks * 512, 0);
  t.diagnostic(
    `${String(packages.length)} packages of ${String(fetched)} bytes; store ${String(bytes)} bytes, ${String(blocks)} on disk`,
  );
  assert.ok(packages.length > 150);
  assert.ok(bytes <= 1.1 * fetched, `${(bytes / fetched).toFixed(3)} times the packages`);
  assert.ok(blocks <= 1.1 * fetched, `${(blocks / fetched).toFixed(3)} times the packages, on disk`);
});
