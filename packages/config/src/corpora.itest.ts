import assert from "node:assert/strict";
import { readdirSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isEngineError } from "@apkmill/core";
import { parseImageConfig } from "./image-load.ts";
import { parsePackageConfig } from "./package-load.ts";

const corpora = process.env["APKMILL_CORPORA"] ?? join(import.meta.dirname, "../../../../shared/corpora");

function filesOf(folder: string, ending: string): readonly string[] {
  return readdirSync(join(corpora, folder))
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(corpora, folder, name));
}

function skipWithout(folder: string): { skip?: string } {
  return existsSync(join(corpora, folder)) ? {} : { skip: `needs the corpus ${folder}` };
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return error.problems.map(({ code, message }) => `${code} ${message}`);
  }
}

test("every package configuration of the sample is read", skipWithout("melange-yaml-sample"), () => {
  const files = filesOf("melange-yaml-sample", ".yaml");
  assert.ok(files.length >= 400);
  for (const file of files) {
    assert.deepEqual(
      problemsOf(() => parsePackageConfig(readFileSync(file, "utf8"), { file })),
      [],
    );
  }
});

/** What apko refuses too: keys of older versions, a slip, and a file that is no image configuration. */
const refused = /^CONFIG_UNKNOWN_KEY unknown key `(recursive|resursive|versions)` in /;

test(
  "every image configuration of the sample is read, or refused as apko refuses it",
  skipWithout("image-configs-sample"),
  () => {
    const files = filesOf("image-configs-sample", ".yaml");
    const verdicts = files.map((file) => problemsOf(() => parseImageConfig(readFileSync(file, "utf8"), file)));
    assert.equal(verdicts.filter((problems) => problems.length === 0).length, 64);
    for (const problem of verdicts.flat()) assert.match(problem, refused);
  },
);

test("every locked image configuration of the sample is read", skipWithout("image-locked-sample"), () => {
  const configs = filesOf("image-locked-sample", ".json").flatMap((file) =>
    lockedConfigs(JSON.parse(readFileSync(file, "utf8"))),
  );
  assert.ok(configs.length > 27);
  for (const config of configs)
    assert.deepEqual(
      problemsOf(() => parseImageConfig(config)),
      [],
    );
});

/** The configurations inside a lock file: JSON texts `{"config": …}` under `configs`, by architecture. */
function lockedConfigs(value: unknown): readonly string[] {
  if (typeof value === "string" && value.startsWith('{"config":')) {
    const parsed: unknown = JSON.parse(value);
    return [
      JSON.stringify(typeof parsed === "object" && parsed !== null && "config" in parsed ? parsed.config : parsed),
    ];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(lockedConfigs) : [];
}
