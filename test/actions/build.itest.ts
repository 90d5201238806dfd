import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { access, mkdir, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { startActionsServices, type ActionsServices } from "@apkmill/dev-services";
import { baseKeyPath, prepareExample, type Example } from "./example-workspace.ts";
import { runMain, runPost, startJob, type Job, type StepResult } from "./run-action.ts";

/** The bundled actions on the example, as the steps of jobs that share one cache service. */
let example: Example | string = "not prepared";
let services: ActionsServices;

before(async () => {
  example = await prepareExample();
  services = await startActionsServices();
});

after(async () => {
  await services.close();
  if (typeof example !== "string") await example.dispose();
});

interface BuiltPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly path: string;
  readonly sha256: string;
  readonly cached: boolean;
}

test("a job goes from YAML to a tested image, and the next one finds its store in the cache", async (t) => {
  if (typeof example === "string") {
    t.skip(example);
    return;
  }
  const archs = example.archs.join("\n");
  const first = await startJob(services.environment("run-1", "job-1"));
  t.after(() => first.dispose());

  await example.checkOut(first);
  const setup = await runMain(first, "actions/setup", { archs });
  assert.equal(setup.status, 0, setup.log);
  assert.deepEqual(JSON.parse(setup.outputs["archs"] ?? ""), example.archs);

  const apk = { configs: "hello/*.melange.yaml", archs, repositories: "base", keyring: baseKeyPath };
  const packages = await runMain(first, "action-build-apk", { ...apk, "artifact-name": "packages" });
  assert.equal(packages.status, 0, packages.log);
  await checkPackages(packages, example.archs);

  const image = imageInputs(packages, archs);
  const built = await runMain(first, "action-build-image", { ...image, "artifact-name": "image" });
  assert.equal(built.status, 0, built.log);
  await checkImage(built, example.archs);
  assert.deepEqual(
    services.artifacts.map(({ name }) => name),
    ["packages", "image"],
  );

  for (const [action, inputs, main] of [
    ["action-build-image", image, built],
    ["action-build-apk", apk, packages],
  ] as const) {
    const post = await runPost(first, action, inputs, main);
    assert.equal(post.status, 0, post.log);
    assert.doesNotMatch(post.log, /::warning::/);
  }
  assert.equal(services.cacheEntries.filter(({ complete }) => complete).length, 2);
  await assert.rejects(access(join(first.temp, "apkmill-store")), "the store is removed by the step that made it");

  // The next job has the same paths, as on hosted runners, and nothing but the sources in them.
  for (const folder of [first.workspace, first.temp]) {
    await rm(folder, { recursive: true });
    await mkdir(folder);
  }
  const second = { ...first, env: { ...first.env, ...services.environment("run-2", "job-1") } };
  await example.checkOut(second);
  const again = await runMain(second, "action-build-apk", apk);
  assert.equal(again.outputs["cache-hit"], "true", again.log);
  assert.ok(packagesOf(again).every(({ cached }) => cached));
  assert.equal(again.state["cache-key"], undefined, "what was found is not saved again");
});

function imageInputs(packages: StepResult, archs: string): Record<string, string> {
  return {
    config: "hello/hello.apko.yaml",
    archs,
    repositories: `base\n${packages.outputs["repository-path"] ?? ""}`,
    keyring: `${baseKeyPath}\n${packages.outputs["public-key-path"] ?? ""}`,
    "test-command": "/usr/bin/hello de | grep Hallo",
    tags: "hello:latest",
  };
}

const packagesOf = (step: StepResult): BuiltPackage[] => JSON.parse(step.outputs["packages"] ?? "[]") as BuiltPackage[];

async function checkPackages(step: StepResult, archs: readonly string[]): Promise<void> {
  const found = packagesOf(step);
  assert.deepEqual(
    found.map(({ name, arch, cached }) => [name, arch, cached]),
    archs.flatMap((arch) => ["greeting", "hello", "hello-doc"].map((name) => [name, arch, false])),
  );
  for (const { path, sha256 } of found) assert.equal(await sha256Of(path), sha256);
  const repository = step.outputs["repository-path"] ?? "";
  for (const line of (step.outputs["checksums"] ?? "").split("\n")) {
    const [sum = "", path = ""] = line.split("  ");
    assert.equal(await sha256Of(join(repository, path)), sum);
  }
  for (const arch of archs) await access(join(repository, arch, "APKINDEX.tar.gz"));
  assert.match(step.outputs["public-key-path"] ?? "", /\/ephemeral-[0-9a-f]{8}\.rsa\.pub$/);
  assert.match(await readFile(step.outputs["public-key-path"] ?? "", "utf8"), /^-----BEGIN PUBLIC KEY-----/);
  assert.match(step.outputs["artifact-digest"] ?? "", /^sha256:[0-9a-f]{64}$/);
  assert.match(step.summary, /\| hello-doc \| 2\.1\.0-r3 \|/);
  assert.match(step.log, /::group::hello: Write the program/);
  assert.match(step.log, /^::notice::.*ephemeral/m);
}

async function checkImage(step: StepResult, archs: readonly string[]): Promise<void> {
  const layout = step.outputs["layout-path"] ?? "";
  const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as { manifests: { digest: string }[] };
  assert.equal(step.outputs["digest"], index.manifests[0]?.digest);
  const digests = JSON.parse(step.outputs["digests"] ?? "") as Record<string, string>;
  assert.equal(Object.keys(digests).length, archs.length);
  for (const digest of Object.values(digests))
    assert.equal(`sha256:${await sha256Of(join(layout, "blobs", "sha256", digest.slice(7)))}`, digest);
  const sboms = JSON.parse(step.outputs["sbom-paths"] ?? "") as Record<string, string>;
  for (const [platform, path] of Object.entries(sboms))
    assert.ok((await readFile(path, "utf8")).includes((digests[platform] ?? "?").slice(7)), "the SBOM names its image");
  const packages = JSON.parse(step.outputs["packages"] ?? "") as Record<string, string[]>;
  for (const list of Object.values(packages)) assert.ok(list.includes("hello=2.1.0-r3"));
  assert.match(step.log, /Hallo from hello 2\.1\.0-r3 on x86_64/);
  assert.match(step.summary, /\| linux\/amd64 \| `sha256:/);
  assert.match(step.summary, /passed/);
  const files = await readdir(layout, { recursive: true });
  assert.ok(!files.some((file) => file.includes("tmp")), "nothing half-written is left");
  // The image was built from folders of this runner; none of them may stand in it.
  for (const path of Object.values(sboms)) assert.ok(!(await readFile(path, "utf8")).includes("/workspace/"));
}

async function sha256Of(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

test("a docker tar is written with its SBOMs beside it, and both are the artifact", async (t) => {
  const job = await jobWithPackages(t);
  if (job === undefined) return;
  const { tags, ...inputs } = imageInputs(job.packages, "x86_64");
  const step = await runMain(job.job, "action-build-image", {
    ...inputs,
    tags: tags ?? "",
    output: "docker-tar",
    path: "images/hello.tar",
    "test-command": "",
    "artifact-name": "tar",
  });
  assert.equal(step.status, 0, step.log);
  assert.deepEqual((await readdir(join(job.job.workspace, "images"))).sort(), [
    "hello.tar",
    "sbom-index.spdx.json",
    "sbom-x86_64.spdx.json",
  ]);
  assert.match(step.outputs["artifact-id"] ?? "", /^\d+$/);
});

test("a test command that fails inside the image fails the step, with the platform's name", async (t) => {
  const job = await jobWithPackages(t);
  if (job === undefined) return;
  const inputs = {
    ...imageInputs(job.packages, "x86_64"),
    "test-command": "echo ::set-output name=digest::no; exit 7",
  };
  const step = await runMain(job.job, "action-build-image", inputs);
  assert.equal(step.status, 1);
  assert.match(step.log, /^::error::test-command exited with 7 on linux\/amd64 \[ACTION_TEST_FAILED\]$/m);
  assert.doesNotMatch(step.log, /^\s*::set-output/m);
  assert.deepEqual(step.outputs, {});
  const post = await runPost(job.job, "action-build-image", inputs, step);
  assert.doesNotMatch(post.log, /saved the store/, "a step that failed saves nothing");
});

async function jobWithPackages(
  t: TestContext,
): Promise<{ readonly job: Job; readonly packages: StepResult } | undefined> {
  if (typeof example === "string") {
    t.skip(example);
    return undefined;
  }
  const job = await startJob({ ...services.environment(`run-${String(t.name.length)}`, "job-1") });
  t.after(() => job.dispose());
  await example.checkOut(job);
  const packages = await runMain(job, "action-build-apk", {
    configs: "hello/hello.melange.yaml, hello/greeting.melange.yaml",
    archs: "amd64",
    repositories: "base",
    keyring: baseKeyPath,
  });
  assert.equal(packages.status, 0, packages.log);
  return { job, packages };
}
