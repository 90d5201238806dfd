import assert from "node:assert/strict";
import { readdirSync, readFileSync, existsSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { isEngineError } from "@apkmill/core";
import { parse } from "yaml";
import { imageJsonSchema } from "./image-json-schema.ts";
import { parseImageConfig } from "./image-load.ts";
import { imageConfigToYaml } from "./image-yaml.ts";
import { parsePackageConfig } from "./package-load.ts";
import { evaluateSchema } from "./testing/evaluate-schema.ts";

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

/** As {@link problemsOf}, with positions in the place of codes; every code must be that of an unknown key. */
function placedProblemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return error.problems.map(({ code, message, context }) => {
      assert.equal(code, "CONFIG_UNKNOWN_KEY");
      return `${String(context.line)}:${String(context.column)} ${message}`;
    });
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

/**
 * What apko v1.2.37 refuses, too: a key of older versions, a slip of the pen, and a file that lists configurations instead of being
 * one. Each is the only thing that is refused in its file.
 */
const refused: Readonly<Record<string, string>> = {
  apko__image: "1:1 unknown key `versions` in the image configuration",
  coredns__configs__latest: "19:3 unknown key `recursive` in `accounts`",
  "dotnet-runtime__configs__latest": "20:3 unknown key `recursive` in `accounts`",
  "external-dns__configs__latest": "19:3 unknown key `recursive` in `accounts`",
  influxdb__configs__latest: "21:3 unknown key `recursive` in `accounts`",
  "jdk__configs__openjdk-11": "23:3 unknown key `recursive` in `accounts`",
  "k8s-sidecar__configs__latest": "26:3 unknown key `recursive` in `accounts`",
  karpenter__configs__latest: "19:3 unknown key `recursive` in `accounts`",
  "kubernetes-csi-external-provisioner__configs__latest": "19:3 unknown key `recursive` in `accounts`",
  maven__configs__latest: "23:3 unknown key `recursive` in `accounts`",
  minio__configs__latest: "19:3 unknown key `recursive` in `accounts`",
  nats__configs__latest: "19:3 unknown key `recursive` in `accounts`",
  opensearch__configs__latest: "21:3 unknown key `recursive` in `accounts`",
  powershell__configs__latest: "19:3 unknown key `recursive` in `accounts`",
  rabbitmq__configs__latest: "22:5 unknown key `resursive` in an entry of `paths`",
  rqlite__configs__latest: "21:3 unknown key `recursive` in `accounts`",
  "secrets-store-csi-driver__configs__latest": "20:3 unknown key `recursive` in `accounts`",
  telegraf__configs__latest: "19:3 unknown key `recursive` in `accounts`",
  vault__configs__latest: "19:3 unknown key `recursive` in `accounts`",
  zookeeper__configs__latest: "24:3 unknown key `recursive` in `accounts`",
};

test(
  "every image configuration of the sample is read, or refused for a key that apko does not know either",
  skipWithout("image-configs-sample"),
  () => {
    const files = filesOf("image-configs-sample", ".yaml");
    assert.equal(files.length, 84);
    const verdicts = files.flatMap((file) => {
      const name = basename(file)
        .replace(/^images__/, "")
        .replace(/(?:\.apko)?\.yaml$/, "");
      const problems = placedProblemsOf(() => parseImageConfig(readFileSync(file, "utf8"), file));
      return problems.map((problem) => [name, problem] as const);
    });
    assert.equal(verdicts.length, 20);
    assert.deepEqual(Object.fromEntries(verdicts), refused);
  },
);

test(
  "an editor that knows the schema says of the sample what the reader says",
  skipWithout("image-configs-sample"),
  () => {
    const schema = imageJsonSchema();
    for (const file of filesOf("image-configs-sample", ".yaml")) {
      const text = readFileSync(file, "utf8");
      const isRead = problemsOf(() => parseImageConfig(text)).length === 0;
      assert.equal(evaluateSchema(schema, parse(text, { merge: true })).length === 0, isRead, file);
    }
  },
);

test(
  "what is printed of every image configuration of the sample is read as the same",
  skipWithout("image-configs-sample"),
  () => {
    for (const file of filesOf("image-configs-sample", ".yaml")) {
      const text = readFileSync(file, "utf8");
      if (problemsOf(() => parseImageConfig(text)).length > 0) continue;
      const image = parseImageConfig(text);
      assert.deepEqual(parseImageConfig(imageConfigToYaml(image)), image, file);
    }
  },
);

test("every locked image configuration of the sample is read", skipWithout("image-locked-sample"), () => {
  const configs = filesOf("image-locked-sample", ".json").flatMap((file) =>
    lockedConfigs(JSON.parse(readFileSync(file, "utf8"))),
  );
  // 93 under `configs`, more under `devConfigs`.
  assert.ok(configs.length >= 93);
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
