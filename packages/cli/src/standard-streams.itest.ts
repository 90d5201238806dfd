import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";

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
