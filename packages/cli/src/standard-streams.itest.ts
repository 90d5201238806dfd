import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";

const statusOf = async (child: ChildProcess): Promise<unknown> => ((await once(child, "close")) as unknown[])[0];
const start = join(import.meta.dirname, "start.ts");

test("a reader that has seen enough ends the command quietly, with the status of SIGPIPE", async () => {
  const child = spawn(process.execPath, [start, "image", "schema"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const [errors, status] = await Promise.all([text(child.stderr), statusOf(child)]);
  assert.deepEqual([status, errors], [141, ""]);
});

test(
  "output that cannot be written is an error",
  { skip: existsSync("/dev/full") ? false : "needs /dev/full" },
  async () => {
    const child = spawn(process.execPath, [start, "image", "schema"], {
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    });
    const [errors, status] = await Promise.all([text(child.stderr ?? assert.fail()), statusOf(child)]);
    assert.equal(status, 1);
    assert.match(errors, /^cannot write the output: .* \[FILE_UNWRITABLE\]$/m);
  },
);

test("the end waits for a slow reader, who gets all that was written", async () => {
  const streams = new URL("./standard-streams.ts", import.meta.url).href;
  const program = `
    import { openStandardStreams } from ${JSON.stringify(streams)};
    const { stdout, statusAfter } = openStandardStreams(process, new AbortController());
    stdout("x".repeat(2_000_000));
    process.exit(await statusAfter(3));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = statusOf(child);
  await setTimeout(500);
  assert.equal(child.exitCode, null, "it ended before anything was read");
  assert.equal((await text(child.stdout)).length, 2_000_000);
  assert.equal(await ended, 3);
});
