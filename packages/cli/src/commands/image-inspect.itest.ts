import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeIndex, indexPackages } from "@apkmill/apk";
import { runCommand, type Ran } from "../testing/run-command.ts";
import { writeHello } from "../testing/write-package.ts";

const escape = "\u001b[31m";
const fakedLine = "x\n  package faked=1-r0  MIT  1.0 KiB: world has faked";

describe("an image that would drive the terminal", () => {
  let folder: string;
  let plain: string;
  let hostile: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "apkmill-hostile-"));
    [plain, hostile] = [join(folder, "plain"), join(folder, "hostile")];
    await mkdir(join(folder, "repository/x86_64"), { recursive: true });
    const changes = { depends: [], installIf: [], provides: [], replaces: [], license: `MIT${escape}` };
    const { path } = await writeHello(join(folder, "repository/x86_64"), changes);
    const records = await indexPackages([path], { arch: "x86_64" });
    await writeFile(join(folder, "repository/x86_64/APKINDEX.tar.gz"), await encodeIndex(records, { keys: [] }));
    const config = join(folder, "hello.apko.yaml");
    await writeFile(config, "contents: {packages: [hello]}\narchs: [x86_64]\ncmd: /usr/hello\n");
    const options = ["-b", join(folder, "repository"), "--ignore-signatures"];
    const built = await runCommand(folder, ["image", "build", config, "hello:1", plain, ...options]);
    assert.equal(built.status, 0, built.stderr);
    await cp(plain, hostile, { recursive: true });
    await changeConfig(hostile, {
      author: escape,
      config: {
        Env: [`A=${escape}\u009b2J`],
        User: escape,
        Labels: { a: fakedLine, [`b${fakedLine}`]: "b\u202e" },
        Volumes: { [escape]: {} },
      },
    });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const run = (...argv: readonly string[]): Promise<Ran> => runCommand(folder, ["image", ...argv]);

  test("is inspected with its texts escaped, each on the line of its own name", async () => {
    const { status, stdout } = await run("inspect", "--tree", hostile);
    assert.equal(status, 0);
    assert.doesNotMatch(stdout, unprintable);
    assert.doesNotMatch(stdout, /^ {2}package faked/m);
    for (const line of [
      / by \\u\{1b\}\[31m$/m,
      /^ {2}environment: A=\\u\{1b\}\[31m\\u\{9b\}2J$/m,
      /^ {2}label: a=x\\u\{a\} {2}package faked=/m,
      /^ {2}package hello=1\.0-r0 {2}MIT\\u\{1b\}\[31m {2}/m,
      /\t\.\/usr\/hello\t/m,
    ])
      assert.match(stdout, line);
  });

  test("is compared with its texts escaped", async () => {
    const { stdout } = await run("diff", plain, hostile);
    assert.doesNotMatch(stdout, unprintable);
    assert.doesNotMatch(stdout, /^ {2}package faked/m);
    assert.match(stdout, /^ {2}config Labels bx\\u\{a\} {2}package faked/m);
  });

  test("is said for --json as it is", async () => {
    const { platforms } = JSON.parse((await run("inspect", "--json", hostile)).stdout) as {
      platforms: { author: string }[];
    };
    assert.equal(platforms[0]?.author, escape);
  });
});

/** Beside line breaks and the tabs of a manifest. */
const unprintable = /(?![\n\t])[\p{Cc}\p{Cf}]/u;

/** Writes another configuration for the one platform of a layout, and what points to it. */
async function changeConfig(layout: string, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const blob = (digest: string): string => join(layout, "blobs", digest.replace(":", "/"));
  const read = async (path: string): Promise<Json> => JSON.parse(await readFile(path, "utf8")) as Json;
  const write = async (old: Json, value: Json): Promise<Json> => {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    await writeFile(blob(digest), bytes);
    return { ...old, digest, size: bytes.length };
  };
  const top = await read(join(layout, "index.json"));
  const change = async (descriptor: Json): Promise<Json> => {
    const value = await read(blob(String(descriptor["digest"])));
    if (Array.isArray(value["manifests"]))
      return write(descriptor, { ...value, manifests: await Promise.all((value["manifests"] as Json[]).map(change)) });
    const config = value["config"] as Json;
    const changed = { ...(await read(blob(String(config["digest"])))), ...changes };
    return write(descriptor, { ...value, config: await write(config, changed) });
  };
  const manifests = await Promise.all((top["manifests"] as Json[]).map(change));
  await writeFile(join(layout, "index.json"), JSON.stringify({ ...top, manifests }));
}

type Json = Record<string, unknown>;
