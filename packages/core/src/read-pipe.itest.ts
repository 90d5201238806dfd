import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { readFileWithin } from "./read-file.ts";

test("a pipe is read to its end, however late and in whatever pieces its bytes come, and no further than the limit", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "apkmill-pipe-"));
  const path = join(folder.path, "pipe");
  execFileSync("mkfifo", [path]);
  for (const content of [Buffer.alloc(0), Buffer.alloc(300_000, "x")]) {
    const reading = readFileWithin(path, 300_000);
    spawn("sh", [
      "-c",
      'sleep 0.2; exec >"$0"; sleep 0.1; head -c "$1" /dev/zero | tr "\\0" x',
      path,
      String(content.length),
    ]);
    assert.deepEqual(await reading, content);
  }
  const refused = assert.rejects(readFileWithin(path, 10), { code: "LIMIT_EXCEEDED" });
  await writeFile(path, "12345678901");
  await refused;
});

test("what a process substitution gives is read", () => {
  const program = `
    import { readFileWithin } from ${JSON.stringify(new URL("./read-file.ts", import.meta.url).href)};
    console.log((await readFileWithin(process.argv[1], 100)).toString());`;
  const command =
    '"$0" --input-type=module -e "$1" <(sleep 0.2; echo one); echo two | "$0" --input-type=module -e "$1" /dev/stdin';
  const out = execFileSync("bash", ["-c", command, process.execPath, program]).toString();
  assert.deepEqual(out.split(/\n+/), ["one", "two", ""]);
});

test("a process that waits for whoever writes into a pipe ends when it is asked to", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "apkmill-pipe-"));
  const path = join(folder.path, "pipe");
  execFileSync("mkfifo", [path]);
  const program = `
    import { readFileWithin } from ${JSON.stringify(new URL("./read-file.ts", import.meta.url).href)};
    // As the command line does: to be asked to end is told to the work.
    for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => undefined);
    const reading = readFileWithin(process.argv[1], 100).catch(({ code }) => code);
    while (process.listenerCount("SIGTERM") < 2) await new Promise(setImmediate);
    console.error("waiting");
    console.log(await reading);
    process.exit(5);`;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, path], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 20_000,
      killSignal: "SIGKILL",
    });
    const [said, closed] = [text(child.stdout), once(child, "close")];
    await once(child.stderr, "data");
    child.kill(signal);
    assert.deepEqual([await said, (await closed)[0]], ["CANCELLED\n", 5]);
  }
});
