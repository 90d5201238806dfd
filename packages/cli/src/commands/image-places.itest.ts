import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeIndex, indexPackages } from "@apkmill/apk";
import { pathExists } from "@apkmill/core";
import { runCommand, type Ran } from "../testing/run-command.ts";
import { writeHello } from "../testing/write-package.ts";

describe("commands that look into images", () => {
  let folder: string;
  let config: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "apkmill-look-"));
    config = join(folder, "hello.apko.yaml");
    for (const version of ["1.0-r0", "2.0-r0"]) {
      const repository = join(folder, version);
      await mkdir(join(repository, "x86_64"), { recursive: true });
      const changes = { version, depends: [], installIf: [], provides: [], replaces: [], installedSizeBytes: 2048 };
      await writeHello(join(repository, "x86_64"), changes);
      const packages = [join(repository, "x86_64", `hello-${version}.apk`)];
      const records = await indexPackages(packages, { arch: "x86_64" });
      await writeFile(join(repository, "x86_64", "APKINDEX.tar.gz"), await encodeIndex(records, { keys: [] }));
    }
    await writeFile(config, "contents: {packages: [hello]}\narchs: [x86_64]\ncmd: /usr/hello\n");
    await build("1.0-r0", "old", [
      "--expose",
      "8080,53/udp",
      "--health-cmd",
      '["/usr/hello"]',
      "--health-interval",
      "5s",
    ]);
    await build("2.0-r0", "new.tar", []);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function build(version: string, output: string, more: readonly string[]): Promise<void> {
    const options = ["-b", join(folder, version), "--ignore-signatures", ...more];
    const { status, stderr } = await runCommand(folder, [
      "image",
      "build",
      config,
      "hello:1",
      join(folder, output),
      ...options,
    ]);
    assert.equal(status, 0, stderr);
  }

  const run = (...argv: readonly string[]): Promise<Ran> => runCommand(folder, ["image", ...argv]);

  test("image inspect tells configuration, layers, packages and why, and what was generated", async () => {
    const { status, stdout } = await run("inspect", join(folder, "old"));
    assert.equal(status, 0);
    for (const line of [
      /^linux\/amd64 {2}sha256:[0-9a-f]{64}$/m,
      /^ {2}exposed ports: 53\/udp 8080\/tcp$/m,
      /^ {2}health check: \["CMD","\/usr\/hello"\], every 5 s$/m,
      /^ {2}entrypoint: \[\] {2}cmd: \["\/usr\/hello"\]$/m,
      /^ {2}layer sha256:[0-9a-f]{64} {2}\d.* entries {2}/m,
      /^ {2}package hello=1\.0-r0 {2}MIT {2}2\.0 KiB: world has hello$/m,
      /^ {2}generated file etc\/apk\/world: world: the packages that were asked for$/m,
    ])
      assert.match(stdout, line);
  });

  test("image inspect --json has the settings for running", async () => {
    const { stdout } = await run("inspect", "--json", join(folder, "old"));
    const { platforms } = JSON.parse(stdout) as { platforms: { config: Record<string, unknown> }[] };
    assert.deepEqual(platforms[0]?.config["ExposedPorts"], { "53/udp": {}, "8080/tcp": {} });
    assert.deepEqual(platforms[0].config["Healthcheck"], { Test: ["CMD", "/usr/hello"], Interval: 5e9 });
  });

  test("image diff tells packages, files and configuration, and says nothing by its status unless it is asked to", async () => {
    const [from, to] = [join(folder, "old"), join(folder, "new.tar")];
    const { status, stdout } = await run("diff", from, to);
    assert.equal(status, 0);
    for (const line of [
      /^ {2}~ package hello: 1\.0-r0 → 2\.0-r0 \(\+0 B\)$/m,
      /^ {2}config ExposedPorts 8080\/tcp: "\{\}" → nothing$/m,
      /^ {2}~ file lib\/apk\/db\/installed: .*other content$/m,
      /^ {2}size of layers: /m,
    ])
      assert.match(stdout, line);
    assert.ok(!/usr\/hello$/m.test(stdout));
    assert.equal((await run("diff", "--exit-code", from, to)).status, 1);
    const { equal } = JSON.parse((await run("diff", "--json", from, to)).stdout) as { equal: boolean };
    assert.equal(equal, false);
  });

  test("image diff of an image with itself has no differences", async () => {
    const { status, stdout } = await run("diff", "--exit-code", join(folder, "old"), join(folder, "old"));
    assert.equal(status, 0);
    assert.match(stdout, /^no differences$/m);
  });

  test("a mistyped path asks no registry", async () => {
    const { status, stdout } = await run("inspect", "--json", "hello-imag");
    assert.equal(status, 1);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, "LAYOUT_MISSING");
  });

  test("image build-minirootfs writes a tar for one architecture", async () => {
    const output = join(folder, "root.tar.gz");
    const options = ["-b", join(folder, "1.0-r0"), "--ignore-signatures", "--build-arch", "x86_64"];
    const { status, stdout } = await run("build-minirootfs", config, output, ...options, "--json");
    assert.equal(status, 0);
    const { arch, packages, sboms } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([arch, packages, sboms], ["x86_64", ["hello=1.0-r0"], {}]);
    assert.ok(await pathExists(output));
    const unwanted = await run(
      "build-minirootfs",
      config,
      output,
      ...options,
      "--sbom=false",
      "--sbom-path",
      join(folder, "sboms"),
    );
    assert.equal(unwanted.status, 0);
    assert.ok(!(await pathExists(join(folder, "sboms"))));
  });

  const wrong: readonly [string[], string][] = [
    [["--expose", "http"], "IMAGE_SYNTAX"],
    [["--health-interval", "5s"], "IMAGE_SYNTAX"],
    [["--health-cmd", "x", "--health-interval", "5"], "IMAGE_SYNTAX"],
    [["--health-retries", "many"], "CLI_BAD_VALUE"],
  ];
  for (const [options, code] of wrong) {
    test(`image build ${options.join(" ")} is refused before anything is fetched`, async () => {
      const argv = ["build", config, join(folder, "wrong"), "--json", "-b", join(folder, "nowhere"), ...options];
      const { status, stdout } = await run(...argv);
      assert.equal(status, 1);
      assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, code);
    });
  }
});
