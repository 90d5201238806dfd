import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { jsonLines, runCommand, temporaryFolder } from "../testing/run-command.ts";
import { writeHello } from "../testing/write-package.ts";

test("every field of a package is said, in JSON and in words", async (t) => {
  const folder = await temporaryFolder(t);
  const { path, identity, dataHash, sizeBytes } = await writeHello(folder);
  const { status, stdout } = await runCommand(folder, ["apk", "info", "--json", "--files", path]);
  assert.equal(status, 0);
  const [said] = jsonLines(stdout);
  const { dataSizeBytes, files, ...rest } = said as { dataSizeBytes: number; files: Record<string, unknown>[] };
  assert.ok(dataSizeBytes > 100 && dataSizeBytes < sizeBytes);
  assert.deepEqual(rest, {
    file: path,
    ok: true,
    format: "v2",
    name: "hello",
    version: "1.0-r0",
    arch: "x86_64",
    description: "greets",
    url: "https://example.org",
    license: "MIT",
    origin: "hello",
    maintainer: "us",
    commit: "c0ffee",
    buildTime: 1_700_000_000,
    sizeBytes,
    unpackedSizeBytes: 5120,
    installedSizeBytes: 6,
    depends: ["musl", "cmd:sh"],
    provides: ["cmd:hello=1.0-r0"],
    providerPriority: 3,
    installIf: ["a", "b=1"],
    replaces: ["old"],
    replacesPriority: 2,
    triggers: ["/usr/share/*"],
    scripts: [{ name: "post-install", sizeBytes: 18, interpreter: "/bin/sh -e" }],
    identity,
    dataHash,
    signatures: [],
    entries: 3,
  });
  assert.deepEqual(
    files.map(({ path: entry, type, mode, link }) => [entry, type, mode, link]),
    [
      ["usr", "directory", "0755", undefined],
      ["usr/hello", "file", "4755", undefined],
      ["usr/hi", "symlink", "0777", "hello"],
    ],
  );
  assert.equal(files[1]?.["sha1"], "f572d396fae9206628714fb2ce00f72e94f2258f");

  const text = (await runCommand(folder, ["apk", "info", "-L", path])).stdout;
  for (const line of [
    "hello-1.0-r0.apk: hello 1.0-r0 for x86_64 (v2)",
    "  built             2023-11-14T22:13:20Z",
    "  depends           musl cmd:sh",
    "  install if        a b=1",
    "  replaces priority 2",
    "  scripts           post-install, 18 B, /bin/sh -e",
    "  signatures        none",
    "  -rwsr-xr-x root:root         6 f572d396fae92066 usr/hello",
    "  lrwxrwxrwx root:root         0 aaf4c61ddcc5e8a2 usr/hi -> hello",
  ]) {
    assert.ok(text.includes(line), `${line}\n${text}`);
  }
});

test("a damaged package is named with its code, and the others are said all the same", async (t) => {
  const folder = await temporaryFolder(t);
  const packages = join(folder, "packages");
  await mkdir(packages);
  await writeHello(packages, { name: "a" });
  const { path } = await writeHello(join(packages, "below"), { name: "b" });
  const bytes = await readFile(path);
  await writeFile(join(packages, "broken.apk"), bytes.subarray(0, -40));
  await writeFile(join(packages, "notes.txt"), "not a package");
  const absent = join(folder, "absent.apk");
  for (const verb of ["info", "verify"] as const) {
    const argv = ["apk", verb, "--json", absent, packages, ...(verb === "verify" ? ["--allow-untrusted"] : [])];
    const { status, stdout } = await runCommand(folder, argv);
    assert.equal(status, 1);
    assert.deepEqual(
      jsonLines(stdout).map(({ name, error }) => name ?? (error as { code: string }).code),
      ["APK_MISSING", "a", "b", "APK_DATA_HASH"],
    );
  }
});

test("a folder without packages is an error, not an empty success", async (t) => {
  const folder = await temporaryFolder(t);
  const { status, stdout } = await runCommand(folder, ["apk", "verify", folder, "--json"]);
  assert.equal(status, 1);
  assert.equal((jsonLines(stdout)[0]?.["error"] as { code: string }).code, "APK_MISSING");
});

test("a package cannot drive the terminal of whoever looks at it", async (t) => {
  const folder = await temporaryFolder(t);
  const { path } = await writeHello(folder, { description: "\u001b[2Jgone\u202e", buildTime: 9e14 });
  const { status, stdout } = await runCommand(folder, ["apk", "info", path]);
  assert.equal(status, 0);
  assert.ok(stdout.includes("\\u{1b}[2Jgone\\u{202e}"));
  assert.ok(!stdout.includes("\u001b"));
});
