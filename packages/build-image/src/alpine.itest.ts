import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readPackageFile } from "@apkmill/apk";
import { defaultLimits, hexOf } from "@apkmill/core";
import { openLayout } from "@apkmill/oci";
import { inspectImage } from "./inspect-image.ts";
import { prepareRun } from "./run-image.ts";
import { signedAlpine } from "./testing/alpine.ts";
import { codeOf, missing, openBench } from "./testing/bench.ts";
import type { TestRepository } from "./testing/repository.ts";
import { hasTool, runTool } from "./testing/unpacked.ts";

const skip = missing("alpine-3.19-x86_64");

describe("an image of alpine-base", { skip }, () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;
  let text: string;
  let layout: string;

  before(async () => {
    bench = await openBench();
    repository = await signedAlpine(bench.ports, bench.folder);
    const { path, key } = repository;
    text = `contents: {repositories: [${path}], keyring: [${key}], packages: [alpine-base]}\ncmd: /bin/sh -l\n`;
    ({ layout } = await bench.build(text, { tag: "alpine:3.19" }));
  });
  after(() => bench.close());

  test("layered by package is the packages' own data, but for the last layer", async () => {
    const { platforms } = await bench.build(text, { layering: "package" });
    const layers = platforms[0]?.layers ?? [];
    assert.ok(layers.length > 20);
    assert.equal(layers.at(-1)?.kind, "generated");
    for (const { kind, digest, packages } of layers.slice(0, -1)) {
      assert.equal(kind, "verbatim");
      const name = `${(packages[0] ?? "").replace("=", "-")}.apk`;
      const { control } = await readPackageFile(bench.ports, join(repository.path, "x86_64", name));
      assert.equal(digest, `sha256:${control.dataHash}`);
    }
  });

  test("is built without inflating a package again", async () => {
    const { platforms } = await bench.build(text);
    assert.equal(platforms[0]?.digest, (await openLayout(layout, defaultLimits)).platforms[0]?.descriptor.digest);
  });

  test("says what it holds", async () => {
    const [platform] = (await inspectImage(layout, defaultLimits)).platforms;
    assert.equal(platform?.platform, "linux/amd64");
    assert.ok(platform.packages.some(({ name, license }) => name === "musl" && license === "MIT"));
    assert.ok(platform.generated.some(({ path, reason }) => path === "bin/ls" && reason === "command of busybox"));
    assert.ok(platform.generated.every(({ reason }) => !reason.includes("changed")));
    assert.deepEqual(platform.config.Cmd, ["/bin/sh", "-l"]);
  });

  test("is laid out for a sandbox with what its configuration says", async () => {
    const prepared = await prepareRun(
      await openLayout(layout, defaultLimits),
      { arch: "amd64", command: ["-c", "id"], entrypoint: ["/bin/sh"] },
      defaultLimits,
    );
    try {
      assert.deepEqual(prepared.argv, ["/bin/sh", "-c", "id"]);
      assert.equal(prepared.env["PATH"], "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin");
      assert.match(await readFile(join(prepared.root, "etc/alpine-release"), "utf8"), /^3\.19/);
    } finally {
      await prepared.dispose();
    }
  });

  test("is read by skopeo, which converts it", { skip: hasTool("skopeo") ? false : "needs skopeo" }, () => {
    const select = ["--override-os", "linux", "--override-arch", "amd64"];
    const shown = JSON.parse(runTool("skopeo", ...select, "inspect", `oci:${layout}:3.19`)) as Record<string, unknown>;
    assert.equal(shown["Architecture"], "amd64");
    runTool("skopeo", "copy", "--all", `oci:${layout}:3.19`, `dir:${join(bench.folder, "copied")}`);
    runTool("skopeo", ...select, "copy", `oci:${layout}:3.19`, `docker-archive:${join(bench.folder, "docker.tar")}`);
  });

  test("as a tar is read by skopeo both ways", { skip: hasTool("skopeo") ? false : "needs skopeo" }, async () => {
    const output = join(bench.folder, "alpine.tar");
    await bench.build(text, { output, tag: "alpine:3.19" });
    const shown = JSON.parse(runTool("skopeo", "inspect", `docker-archive:${output}`)) as Record<string, unknown>;
    assert.equal(shown["Architecture"], "amd64");
    const select = ["--override-os", "linux", "--override-arch", "amd64"];
    runTool("skopeo", ...select, "inspect", `oci-archive:${output}:3.19`);
    assert.ok((await readdir(bench.folder)).includes("sbom-x86_64.spdx.json"));
  });

  test("has the same bytes in another place, with another umask, time zone, language and number of cores", async () => {
    const folder = join(bench.folder, "elsewhere", "deep");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "other.yaml"), text);
    const job = { folder, config: join(folder, "other.yaml"), tag: "alpine:3.19" };
    const script = join(import.meta.dirname, "testing", "build-elsewhere.ts");
    const env = { ...process.env, TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "C", UV_THREADPOOL_SIZE: "1" };
    const cores = hasTool("taskset") ? ["taskset", "-c", "0"] : [];
    const command = [...cores, process.execPath, script, JSON.stringify(job)];
    const { status, stderr } = spawnSync("env", command, { cwd: folder, env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const names = (await readdir(layout, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    assert.ok(names.length > 20);
    for (const { parentPath, name } of names) {
      const path = join(parentPath, name);
      const other = join(folder, "layout", path.slice(layout.length));
      // The SBOM calls the image by its name, which is the same; so is everything else.
      assert.deepEqual(await readFile(other), await readFile(path), path);
    }
  });

  test("with a changed byte anywhere is refused by name, or says the same", async () => {
    const copy = join(bench.folder, "changed");
    await cp(layout, copy, { recursive: true });
    const expected = JSON.stringify(await inspectImage(copy, defaultLimits, { tree: true }));
    const codes = new Set<string>();
    for (const path of await contentFiles(copy)) {
      const bytes = await readFile(path);
      const positions = [0, 1, 9, 10, bytes.length >> 2, bytes.length >> 1, bytes.length - 9, bytes.length - 1];
      for (const position of positions.filter((each) => each >= 0 && each < bytes.length)) {
        const changed = Buffer.from(bytes);
        changed[position] = (changed[position] ?? 0) ^ 0x10;
        await writeFile(path, changed);
        const said = await inspectImage(copy, defaultLimits, { tree: true }).then(
          (image) => (JSON.stringify(image) === expected ? "same" : "other"),
          codeOf,
        );
        assert.match(said, /^(same|LAYOUT_|ARCHIVE_|IMAGE_|FILE_|LIMIT_)/, `${path} at ${String(position)}`);
        codes.add(said);
      }
      await writeFile(path, bytes);
    }
    assert.ok(codes.has("LAYOUT_CONTENT"));
  });
});

/** index.json, and of the blobs the smallest of every kind: index, manifest, config and a layer each way. */
async function contentFiles(layout: string): Promise<string[]> {
  const { top, platforms } = await openLayout(layout, defaultLimits);
  const [platform] = platforms;
  assert.ok(platform !== undefined);
  const { descriptor, manifest } = platform;
  const layers = [manifest.layers.toSorted((a, b) => a.size - b.size)[0], manifest.layers.at(-1)];
  const blobs = [top, descriptor, manifest.config, ...layers].filter((each) => each !== undefined);
  return [join(layout, "index.json"), ...blobs.map(({ digest }) => join(layout, "blobs", "sha256", hexOf(digest)))];
}
