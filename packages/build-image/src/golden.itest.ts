import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { compareBytes, defaultLimits } from "@apkmill/core";
import { inspectImage, type InspectedPlatform } from "./inspect-image.ts";
import { wholeAlpine } from "./testing/alpine.ts";
import { corpora, missing, openBench } from "./testing/bench.ts";

/**
 * Our images beside apko's of the same configurations. The configurations of both must be equal, and the trees must be
 * equal but for these paths: each is a decision that docs/differences.md gives the reason of.
 */
const decided: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^etc\/apk\/keys\/(test|melange)\.rsa\.pub$/, "the key of the test's own repository"],
  [/^etc\/apk\/repositories$/, "the place of the test's own repository"],
  [/^etc\/apk\/world$/, "world holds what the user asked for, not the locked closure"],
  [/^etc\/apko\.json$/, "the configuration is not copied into the image"],
  [/^(usr\/)?lib\/apk(\/|$)/, "the database stands where apk keeps it, in apk's form, without the lock"],
  [/^etc\/shadow$/, "owners survive: golden/install has shadow's group"],
  [/^var\/tmp$/, "sticky bits of directories survive"],
  [/^proc$/, "the package's own mode counts"],
  [/^var\/log\/chrony$|^var\/lib\/chrony$|^etc\/chrony$/, "owners of directories survive"],
  [
    /^etc\/(conf|init)\.d\/(chronyd|sshd)$|^usr\/bin\/ssl_client$/,
    "install_if as apk has it: the resolver adds these packages",
  ],
];

interface Row {
  readonly path: string;
  readonly line: string;
}

const skip = missing("golden", "image");

describe("images that apko made too", { skip }, () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let configs: string;

  before(async () => {
    bench = await openBench({ SOURCE_DATE_EPOCH: "1704067200" });
    configs = join(bench.folder, "configs");
    await mkdir(configs);
    const { path, key } = await wholeAlpine(bench.folder);
    for (const name of await readdir(join(corpora, "golden", "image"))) {
      if (!name.endsWith(".yaml")) continue;
      const text = await readFile(join(corpora, "golden", "image", name), "utf8");
      await writeFile(join(configs, name), text.replaceAll("@REPO@", path).replaceAll("@KEY@", key));
    }
  });
  after(() => bench.close());

  for (const name of ["base", "accounts", "certificates", "include", "layering", "paths", "repositories"]) {
    test(`have the same tree and configuration: ${name}`, async () => {
      const { layout } = await bench.build("", { configPath: join(configs, `${name}.yaml`), includePaths: [configs] });
      const [platform] = (await inspectImage(layout, defaultLimits, { tree: true })).platforms;
      assert.ok(platform !== undefined);
      assert.deepEqual(undecided(ourRows(platform), await theirRows(name)), []);
      assert.deepEqual(withoutTool(platform.config), withoutTool(await theirConfig(name)));
    });
  }
});

/** Paths that differ without a reason. */
function undecided(ours: readonly Row[], theirs: readonly Row[]): string[] {
  const [a, b] = [ours, theirs].map((rows) => new Map(rows.map(({ path, line }) => [path, line])));
  const paths = [...new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])].sort(compareBytes);
  return paths
    .filter((path) => a?.get(path) !== b?.get(path) && !decided.some(([pattern]) => pattern.test(path)))
    .map((path) => `${path}: ours ${a?.get(path) ?? "absent"}, apko's ${b?.get(path) ?? "absent"}`);
}

function ourRows({ tree = [] }: InspectedPlatform): Row[] {
  return tree.map((text) => {
    const [type = "", mode = "", uid = "", gid = "", size = "", , sha256 = "", path = "", link = ""] = text.split("\t");
    const isLink = type === "f" && link !== "";
    // apko lists a hard link as such where the package has one; those of `paths` it writes as files of their own.
    const content = isLink ? "linked" : `${type === "f" || type === "c" ? size : "-"} ${sha256}`;
    return {
      path: path.slice(2),
      line: `${type} ${mode.padStart(4, "0")} ${uid}:${gid} ${content} ${type === "l" ? link : ""}`,
    };
  });
}

async function theirRows(name: string): Promise<Row[]> {
  const text = await readFile(join(corpora, "golden", "image", `${name}.tree.tsv`), "utf8");
  const rows = new Map<string, Row>();
  const hashes = new Set<string>();
  // A layered image lists directories in several layers; the last counts.
  for (const line of text.trimEnd().split("\n")) {
    const [, type = "", mode = "", uid = "", gid = "", size = "", sha256 = "", path = "", link = ""] = line.split("\t");
    const isCopy = type === "f" && path === "opt/tools/bb" && hashes.has(sha256);
    hashes.add(sha256);
    const content = type === "h" || isCopy ? "linked" : `${type === "f" || type === "c" ? size : "-"} ${sha256}`;
    const letter = type === "h" ? "f" : type;
    rows.set(path, { path, line: `${letter} ${mode} ${uid}:${gid} ${content} ${type === "l" ? link : ""}` });
  }
  return [...rows.values()];
}

async function theirConfig(name: string): Promise<object> {
  const text = await readFile(join(corpora, "golden", "image", `${name}.json`), "utf8");
  return (JSON.parse(text) as { config_json: { config: object } }).config_json.config;
}

/**
 * What does not depend on the tool: apko's own times are those of its lock phase, and it loses the source address on the way
 * to the platform's image.
 */
function withoutTool(config: object): object {
  const { Labels = {}, ...rest } = config as { Labels?: Record<string, string> };
  const tools = ["created", "source", "revision"].map((key) => `org.opencontainers.image.${key}`);
  return { ...rest, Labels: Object.fromEntries(Object.entries(Labels).filter(([key]) => !tools.includes(key))) };
}
