import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { exclusively } from "./exclusively.ts";
import { isEngineError } from "./errors.ts";

const signal = new AbortController().signal;

describe("writing exclusively", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "apkmill-lock-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  test("lets one in at a time, whichever way leads to the place", async () => {
    symlinkSync(folder, join(folder, "link"));
    const seen: string[] = [];
    const enter = async (path: string): Promise<void> =>
      exclusively([path], { signal }, async () => {
        seen.push("in");
        await sleep(30);
        seen.push("out");
      });
    await Promise.all([enter(join(folder, "out")), enter(join(folder, "link", "out")), enter(join(folder, "out"))]);
    assert.deepEqual(seen, ["in", "out", "in", "out", "in", "out"]);
  });

  test("for other places does not wait", async () => {
    await exclusively([join(folder, "a")], { signal }, () =>
      exclusively([join(folder, "b")], { signal, waitMs: 0 }, async () => Promise.resolve()),
    );
  });

  test("of two places in either order ends", async () => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    const work = (): Promise<void> => sleep(5);
    await Promise.all(
      [
        [a, b],
        [b, a],
        [a, b],
        [b, a],
      ].map((paths) => exclusively(paths, { signal }, work)),
    );
  });

  test("gives up after a while, or when it is told to, and lets go of what failed", async () => {
    const place = join(folder, "busy");
    const codeOf = async (attempt: Promise<unknown>): Promise<string> =>
      attempt.then(
        () => "done",
        (error: unknown) => (isEngineError(error) ? error.code : String(error)),
      );
    await exclusively([place], { signal }, async () => {
      assert.equal(await codeOf(exclusively([place], { signal, waitMs: 50 }, () => Promise.resolve())), "FILE_BUSY");
      const stopped = AbortSignal.timeout(50);
      assert.equal(await codeOf(exclusively([place], { signal: stopped }, () => Promise.resolve())), "CANCELLED");
    });
    await assert.rejects(exclusively([place], { signal }, () => Promise.reject(new Error("failed"))));
    assert.equal(await codeOf(exclusively([place], { signal, waitMs: 0 }, () => Promise.resolve())), "done");
  });

  test("does not wait for a process that was killed", async () => {
    const place = join(folder, "killed");
    const source = `import { exclusively } from ${JSON.stringify(join(import.meta.dirname, "exclusively.ts"))};
      await exclusively([${JSON.stringify(place)}], { signal: new AbortController().signal }, async () => {
        console.log("in");
        await new Promise(() => setInterval(() => undefined, 1000));
      });`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", source]);
    await new Promise((settle) => child.stdout.once("data", settle));
    await assert.rejects(exclusively([place], { signal, waitMs: 20 }, () => Promise.resolve()));
    child.kill("SIGKILL");
    await new Promise((settle) => child.once("close", settle));
    await exclusively([place], { signal, waitMs: 0 }, () => Promise.resolve());
  });
});
