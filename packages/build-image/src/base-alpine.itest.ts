import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { inspectImage, type InspectedPlatform } from "./inspect-image.ts";
import { wholeAlpine } from "./testing/alpine.ts";
import { missing, openBench } from "./testing/bench.ts";
import type { TestRepository } from "./testing/repository.ts";
import { hasTool } from "./testing/unpacked.ts";

const skip = missing("alpine-3.19-x86_64");
const more = ["git", "openssl", "jq"];

/** Real packages onto an image of real packages. */
describe("an Alpine image on another", { skip }, () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;
  let layout: string;

  before(async () => {
    bench = await openBench();
    repository = await wholeAlpine(bench.folder);
    const { layout: base } = await bench.build(config(["alpine-base"]));
    ({ layout } = await bench.build(config(more, `baseimage: {image: "${base}"}`)));
  });
  after(() => bench.close());

  function config(packages: readonly string[], also = ""): string {
    const { path, key } = repository;
    return `contents:\n  repositories: ["${path}"]\n  keyring: ["${key}"]\n  packages: [${packages.join(", ")}]\n  ${also}\n`;
  }

  async function inspected(path: string): Promise<InspectedPlatform> {
    const [platform] = (await inspectImage(path, defaultLimits, { tree: true })).platforms;
    return platform ?? assert.fail();
  }

  test("has the tree, database and world of one of all packages", async () => {
    const { layout: whole } = await bench.build(config(["alpine-base", ...more]));
    const [expected, found] = [await inspected(whole), await inspected(layout)];
    assert.ok(found.packages.length > 35);
    assert.deepEqual(withoutTimes(found), withoutTimes(expected));
    assert.ok(
      found.generated.every(({ reason }) => !reason.includes("changed")),
      JSON.stringify(found.generated),
    );
  });

  test("runs, and its package manager finds nothing amiss", { skip: hasTool("bwrap") ? false : "needs bwrap" }, () => {
    const start = join(import.meta.dirname, "../../cli/src/start.ts");
    const script = "jq --version && git --version && apk info -v && apk audit --system";
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [start, "image", "run", layout, "--", "/bin/sh", "-ec", script],
      { encoding: "utf8" },
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^jq-.*\ngit version /);
    assert.match(stdout, /^alpine-base-3/m);
    assert.match(stdout, /^openssl-3/m);
    assert.doesNotMatch(stdout, /^[A-Zm] /m);
  });
});

/** Without times, which say which layer was last at a directory or a generated file. */
function withoutTimes({ tree = [] }: InspectedPlatform): string[] {
  return tree.map((line) =>
    line
      .split("\t")
      .filter((_, column) => column !== 5)
      .join("\t"),
  );
}
