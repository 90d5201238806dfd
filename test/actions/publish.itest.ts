import assert from "node:assert/strict";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  startActionsServices,
  startRegistry,
  startSigstore,
  type ActionsServices,
  type LoopbackService,
  type SigstoreServices,
} from "@apkmill/dev-services";
import { verifyImage } from "@apkmill/publish";
import { openDemoPorts } from "../../scripts/demo/demo-ports.ts";
import { baseKeyPath, prepareExample } from "./example-workspace.ts";
import { runMain, runPost, startJob, type Job, type StepResult } from "./run-action.ts";

/** One job builds the image, others publish it: what passes between them is an artifact, and its digest as a job output. */
let skipReason: string | undefined;
let actions: ActionsServices;
let sigstore: SigstoreServices;
let registry: LoopbackService;
let folder: string;
let built: StepResult;
const jobs: Job[] = [];

before(async () => {
  const example = await prepareExample();
  if (typeof example === "string") {
    skipReason = example;
    return;
  }
  folder = await mkdtemp(join(tmpdir(), "publish-"));
  [actions, sigstore, registry] = await Promise.all([
    startActionsServices(),
    startSigstore({ folder: join(folder, "sigstore") }),
    startRegistry({ auth: { kind: "bearer", username: "somebody", password: "registry-password" } }),
  ]);
  const job = await newJob("build");
  await example.checkOut(job);
  await example.dispose();
  const archs = example.archs.join(",");
  const common = { archs, cache: "off" };
  const packages = await runMain(job, "action-build-apk", {
    ...common,
    configs: "hello/*.melange.yaml",
    repositories: "base",
    keyring: baseKeyPath,
  });
  built = await runMain(job, "action-build-image", {
    ...common,
    config: "hello/hello.apko.yaml",
    repositories: `base\n${packages.outputs["repository-path"] ?? ""}`,
    keyring: `${baseKeyPath}\n${packages.outputs["public-key-path"] ?? ""}`,
    "artifact-name": "image",
  });
  assert.equal(built.status, 0, packages.log + built.log);
});

after(async () => {
  if (skipReason !== undefined) return;
  await Promise.all([...jobs.map((job) => job.dispose()), actions.close(), sigstore.close(), registry.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** A job of the same run; `identity` gives it what `id-token: write` gives on GitHub. */
async function newJob(name: string, identity = false): Promise<Job> {
  const token = {
    ACTIONS_ID_TOKEN_REQUEST_URL: sigstore.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: sigstore.requestToken,
  };
  const job = await startJob({ ...actions.environment("run-1", name), ...(identity ? token : {}) });
  jobs.push(job);
  return job;
}

function publishInputs(repository: string): Record<string, string> {
  return {
    "artifact-id": built.outputs["artifact-id"] ?? "",
    "artifact-digest": built.outputs["artifact-digest"] ?? "",
    image: `${registry.host}/${repository}`,
    "registry-auth": `${registry.host} somebody registry-password`,
    "fulcio-url": sigstore.fulcioUrl,
    "rekor-url": sigstore.rekorUrl,
    "tsa-url": sigstore.tsaUrl,
    // A job that only signs has no checkout: the trusted root comes as JSON, from a variable.
    "trust-root": JSON.stringify(sigstore.trustRoot),
  };
}

const identity = "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main";

test("another job publishes the artifact: pushed, attested, verified, tagged, and it says how to verify", async (t) => {
  if (skipReason !== undefined) {
    t.skip(skipReason);
    return;
  }
  const job = await newJob("publish", true);
  const inputs = { ...publishInputs("Acme/Hello"), tags: "1.0, latest" };
  const step = await runMain(job, "action-publish", inputs);
  assert.equal(step.status, 0, step.log);
  const image = `${registry.host}/acme/hello`;
  assert.equal(step.outputs["digest"], built.outputs["digest"]);
  assert.equal(step.outputs["digests"], built.outputs["digests"]);
  assert.deepEqual(JSON.parse(step.outputs["pushed-tags"] ?? ""), [`${image}:1.0`, `${image}:latest`]);
  assert.ok(Number(step.outputs["bytes-uploaded"]) > 100_000);
  await checkAttestations(step);
  checkCommands(step, image);
  checkWhatIsShown(step);
  await checkRegistry(`${image}:latest`, step);
  const post = await runPost(job, "action-publish", inputs, step);
  assert.equal(post.status, 0);
  await assert.rejects(access(step.state["step-folder"] ?? ""), "the unpacked artifact and the trusted root are gone");
  await assert.rejects(access(join(job.temp, "apkmill-store")));
});

async function checkAttestations(step: StepResult): Promise<void> {
  const attestations = JSON.parse(step.outputs["attestations"] ?? "") as { subject: string; predicateType: string }[];
  const digests = Object.values(JSON.parse(step.outputs["digests"] ?? "") as Record<string, string>);
  const about = (type: string): string[] =>
    attestations.filter(({ predicateType }) => predicateType.includes(type)).map(({ subject }) => subject);
  assert.deepEqual(about("spdx").sort(), [...digests].sort());
  assert.deepEqual(about("slsa.dev/provenance").sort(), [...digests, step.outputs["digest"]].sort());
  const bundles = JSON.parse(step.outputs["bundle-paths"] ?? "") as string[];
  assert.equal(bundles.length, attestations.length);
  for (const path of bundles) assert.match(await readFile(path, "utf8"), /application\/vnd\.dev\.sigstore\.bundle/);
}

function checkCommands(step: StepResult, image: string): void {
  const commands = (step.outputs["verify-commands"] ?? "").split("\n");
  const signer = `--certificate-identity ${identity} --certificate-oidc-issuer ${sigstore.oidcUrl}`;
  assert.equal(
    commands[0],
    `apkmill verify ${signer} --trust-root trusted_root.json --require spdx,provenance ${image}@${step.outputs["digest"] ?? ""}`,
  );
  assert.ok(commands.slice(1).every((line) => line.startsWith(`cosign verify-attestation ${signer} --trusted-root`)));
  assert.match(commands[1] ?? "", /--type slsaprovenance1 /);
  assert.match(commands[2] ?? "", /--type spdxjson /);
}

function checkWhatIsShown(step: StepResult): void {
  assert.match(step.summary, /### Published/);
  assert.match(step.summary, /cosign verify-attestation/);
  assert.match(step.log, /::group::push[\s\S]*::group::attest[\s\S]*::group::read back[\s\S]*::group::tag/);
  assert.ok(step.masks.includes("registry-password"));
  assert.doesNotMatch(step.log + step.summary, /registry-password/);
}

async function checkRegistry(reference: string, step: StepResult): Promise<void> {
  const ports = await openDemoPorts();
  try {
    const credentials = new Map([
      [registry.host, { kind: "basic", username: "somebody", password: "registry-password" } as const],
    ]);
    const verified = await verifyImage(ports, {
      reference,
      credentials,
      trustRoot: sigstore.trustRootPath,
      policy: {
        certificateIdentity: identity,
        certificateOidcIssuer: sigstore.oidcUrl,
        require: ["spdx", "provenance"],
      },
    });
    assert.equal(verified.digest, step.outputs["digest"]);
  } finally {
    ports.http.close();
  }
}

test("an artifact with another digest than the job output says is refused, and nothing is pushed", async (t) => {
  if (skipReason !== undefined) {
    t.skip(skipReason);
    return;
  }
  const job = await newJob("publish-wrong", true);
  const before = registry.served.length;
  const step = await runMain(job, "action-publish", {
    ...publishInputs("acme/wrong"),
    "artifact-digest": `sha256:${"0".repeat(64)}`,
  });
  assert.equal(step.status, 1);
  assert.match(step.log, /^::error::artifact \d+ does not have the digest sha256:0{64} \[ACTION_ARTIFACT\]$/m);
  assert.equal(registry.served.length, before);
  assert.deepEqual(step.outputs, {});
});

test("without id-token: write nothing is pushed, and the missing permission is named", async (t) => {
  if (skipReason !== undefined) {
    t.skip(skipReason);
    return;
  }
  const job = await newJob("publish-no-identity");
  const step = await runMain(job, "action-publish", publishInputs("acme/unsigned"));
  assert.equal(step.status, 1);
  assert.match(step.log, /permissions: id-token: write is missing.*\[ATTEST_PERMISSION\]/);
  const pushed = registry.served.filter(({ method, path }) => method === "PUT" && path.includes("acme/unsigned"));
  assert.deepEqual(pushed, []);
});

test("sign: none publishes without attestations; a dry run needs no token and pushes nothing", async (t) => {
  if (skipReason !== undefined) {
    t.skip(skipReason);
    return;
  }
  const job = await newJob("publish-plain");
  const dry = await runMain(job, "action-publish", { ...publishInputs("acme/plain"), "dry-run": "true" });
  assert.equal(dry.status, 0, dry.log);
  assert.equal(dry.outputs["pushed-tags"], "[]");
  assert.equal(dry.outputs["digest"], built.outputs["digest"]);
  assert.equal(dry.outputs["verify-commands"], "");
  assert.match(dry.summary, /### Would publish/);
  assert.ok(!registry.served.some(({ path }) => path.includes("acme/plain")));

  const plain = await runMain(job, "action-publish", { ...publishInputs("acme/plain"), sign: "none" });
  assert.equal(plain.status, 0, plain.log);
  assert.equal(plain.outputs["attestations"], "[]");
  assert.equal(plain.outputs["verify-commands"], "");
  assert.deepEqual(JSON.parse(plain.outputs["pushed-tags"] ?? ""), [`${registry.host}/acme/plain:latest`]);
});

test("a tag that somebody moved in the meantime is left alone", async (t) => {
  if (skipReason !== undefined) {
    t.skip(skipReason);
    return;
  }
  const job = await newJob("publish-moved");
  const inputs = { ...publishInputs("acme/moved"), sign: "none" };
  const step = await runMain(job, "action-publish", {
    ...inputs,
    "expected-previous-digest": `sha256:${"1".repeat(64)}`,
  });
  assert.equal(step.status, 1);
  assert.match(step.log, /\[PUBLISH_TAG_MOVED\]/);
});
