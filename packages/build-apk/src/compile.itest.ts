import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { loadPackageConfig } from "@apkmill/config";
import { compilePackageConfig } from "./compile.ts";
import { compiledToJson } from "./compiled-json.ts";
import { builtInPipelines } from "./pipelines/built-in.ts";
import { openPipelineLibrary } from "./pipelines/library.ts";

/**
 * What melange makes of 425 configurations of a distribution, against what we make of them. Compared: everything but the scripts' layout
 * (melange prints them anew, without comments; bash's own printer makes both alike) and the bodies of built-in pipelines, which are each
 * tool's own.
 */

const corpora = process.env["APKMILL_CORPORA"] ?? join(import.meta.dirname, "../../../../shared/corpora");
const sample = join(corpora, "melange-yaml-sample");
const golden = join(corpora, "golden/compile/x86_64.jsonl");
const skip =
  existsSync(sample) && existsSync(golden) ? {} : { skip: "needs the corpora melange-yaml-sample and golden/compile" };

type Json = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Takes the scripts and the bodies of built-in pipelines out; the scripts go to `scripts`, in order. */
function outline(value: unknown, scripts: string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => outline(each, scripts));
  if (!isRecord(value)) return value;
  const isBuiltIn = typeof value["uses"] === "string" && builtInPipelines.has(value["uses"]);
  const entries = Object.entries(value).filter(([name]) => name !== "runs" && !(isBuiltIn && name === "pipeline"));
  if (typeof value["runs"] === "string" && !isBuiltIn) scripts.push(value["runs"]);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, outline(each, scripts)]),
  );
}

async function compileSample(file: string): Promise<Json> {
  return compiledToJson(
    await compilePackageConfig(await loadPackageConfig(join(sample, file)), { arch: "x86_64", library }),
  );
}

const library = openPipelineLibrary([join(sample, "pipelines")], defaultLimits);

test("every configuration of the sample compiles to what melange makes of it", skip, async (t) => {
  const lines = readFileSync(golden, "utf8").trimEnd().split("\n");
  assert.ok(lines.length >= 400);
  const theirScripts: string[] = [];
  const ourScripts: string[] = [];
  for (const line of lines) {
    const expected: unknown = JSON.parse(line);
    assert.ok(isRecord(expected) && typeof expected["file"] === "string");
    const config = await compileSample(expected["file"]);
    assert.deepEqual(outline(config, ourScripts), outline(expected["config"], theirScripts), expected["file"]);
  }
  assert.equal(ourScripts.length, theirScripts.length);
  if (spawnSync("bash", ["-c", "true"]).status !== 0) {
    t.skip("needs bash to compare the scripts");
    return;
  }
  const [ours, theirs] = [printAlike(ourScripts), printAlike(theirScripts)];
  for (const [index, script] of theirs.entries()) assert.equal(ours[index], script);
});

/**
 * Scripts as bash prints the function that they are the body of, which takes comments and layout away. Within `$(…)` bash prints
 * what stands there, and melange rewrites backquotes, so their marks and the separators are left out.
 */
function printAlike(scripts: readonly string[]): readonly string[] {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const commands = scripts.map(
    (script) => `unset -f f; eval ${quote(`f() {\n:\n${script}\n}`)} && declare -f f; printf '\\0'`,
  );
  const { stdout, stderr } = spawnSync("bash", ["--norc"], {
    input: commands.join("\n"),
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  assert.equal(stderr, "");
  return stdout.split("\0").map((printed) => squeeze(printed));
}

function squeeze(printed: string): string {
  return printed.replace(/\\\n|[\s`;()\\]|\$(?=\()/g, "");
}

test("every configuration of the sample compiles for arm64 too", skip, async () => {
  const files = readdirSync(sample).filter((name) => name.endsWith(".yaml"));
  for (const file of files) {
    const compiled = await compilePackageConfig(await loadPackageConfig(join(sample, file)), {
      arch: "aarch64",
      library,
    });
    assert.equal(compiled.arch, "aarch64");
  }
});
