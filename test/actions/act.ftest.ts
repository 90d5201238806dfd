import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { access, cp, glob, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  startActionsServices,
  startRegistry,
  startSigstore,
  type ActionsServices,
  type SigstoreServices,
} from "@apkmill/dev-services";
import { verifyImage } from "@apkmill/publish";
import { runCommand } from "../../scripts/checkout.ts";
import { openDemoPorts } from "../../scripts/demo/demo-ports.ts";
import { checkout } from "./action-files.ts";
import { prepareExample } from "./example-workspace.ts";

/**
 * The calling workflow, from its first job to its last, in act's host mode: jobs, expressions, composites and reusable workflows are
 * evaluated by an implementation that is not ours, and our services stand in for GitHub's.
 */

/** What `$/` stands for. */
const self = "example/factory";

const act = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "apkmill-peers", "act");

interface World {
  readonly actions: ActionsServices;
  readonly sigstore: SigstoreServices;
  /** Where the image goes. */
  readonly image: string;
  /** A copy of the sources. */
  readonly folder: string;
}

test("act runs the calling workflow to its end, and the registry serves a verified image", async (t) => {
  const world = await prepare(t);
  if (world === undefined) return;
  const { status, log } = await runAct(world, ".github/workflows/example.yml");
  assert.equal(status, 0, log.slice(-8000));
  assert.match(log, /Hello from hello 2\.1\.0-r3 on aarch64/);
  assert.deepEqual(
    world.actions.artifacts.map(({ name }) => name),
    ["image-1"],
  );
  await verify(world);
});

const singleJob = `
on: workflow_dispatch
jobs:
  all:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - run: npm run --silent example:base
      - id: factory
        uses: $/actions/factory
        with:
          configs: examples/hello/*.melange.yaml
          image-config: examples/hello/hello.apko.yaml
          archs: x86_64,aarch64
          repositories: out/base
          keyring: out/base/demo-protects-nothing.rsa.pub
          test-command: /usr/bin/hello de
          image: \${{ github.event.inputs.image }}
          fulcio-url: \${{ github.event.inputs.fulcio-url }}
          rekor-url: \${{ github.event.inputs.rekor-url }}
          tsa-url: \${{ github.event.inputs.tsa-url }}
          trust-root: \${{ github.event.inputs.trust-root }}
      - run: test "$TAGS" = "[\\"$IMAGE:latest\\"]"
        env:
          TAGS: \${{ steps.factory.outputs.pushed-tags }}
          IMAGE: \${{ github.event.inputs.image }}
`;

test("act runs the composite action in one job, and its outputs reach the next step", async (t) => {
  const world = await prepare(t, singleJob);
  if (world === undefined) return;
  const { status, log } = await runAct(world, ".github/workflows/single-job.yml");
  assert.equal(status, 0, log.slice(-8000));
  assert.match(log, /Hallo from hello 2\.1\.0-r3 on x86_64/);
  await verify(world);
});

/** Services and a copy of the sources, in which `workflow` is one more; undefined when the test was skipped. */
async function prepare(t: TestContext, workflow?: string): Promise<World | undefined> {
  const reason = await whyNot();
  if (reason !== undefined) {
    t.skip(reason);
    return undefined;
  }
  const [actions, sigstore, registry] = await Promise.all([startActionsServices(), startSigstore(), startRegistry()]);
  t.after(() => Promise.all([actions.close(), sigstore.close(), registry.close()]));
  const image = `${registry.host}/example/hello`;
  const folder = await copyCheckout(t, workflow);
  await writeEvent(folder, image, sigstore);
  return { actions, sigstore, image, folder };
}

async function whyNot(): Promise<string | undefined> {
  const hasAct = await access(act).then(
    () => true,
    () => false,
  );
  if (!hasAct) return "needs act, which test:full installs where go is";
  const example = await prepareExample();
  if (typeof example === "string") return example;
  await example.dispose();
  return example.archs.length === 2 ? undefined : "needs QEMU for aarch64, which the workflow builds too";
}

/**
 * The sources with their bundles. act does not know `$/`, the repository and commit that a file belongs to: here it becomes a
 * repository that act finds in this copy. (`./` would look into the workspace, which the publishing job leaves empty.)
 */
async function copyCheckout(t: TestContext, workflow: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "act-checkout-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const left = new Set(["node_modules", ".git", "out"].map((name) => join(checkout, name)));
  await cp(checkout, folder, { recursive: true, filter: (source) => !left.has(source.replace(/\/$/, "")) });
  await symlink(join(checkout, "node_modules"), join(folder, "node_modules"));
  if (workflow !== undefined) await writeFile(join(folder, ".github", "workflows", "single-job.yml"), workflow);
  for await (const path of glob("{.github/workflows/*.yml,actions/*/action.yml}", { cwd: folder })) {
    const text = await readFile(join(folder, path), "utf8");
    await writeFile(join(folder, path), text.replace(/uses: \$\/(\S+)/g, `uses: ${self}/$1@main`));
  }
  const author = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "."],
    [...author, "commit", "-q", "-m", "test"],
  ]) {
    const { status, output } = await runCommand("git", args, {}, folder);
    assert.equal(status, 0, output);
  }
  return folder;
}

/** The inputs of `workflow_dispatch`, as the event has them. */
async function writeEvent(folder: string, image: string, sigstore: SigstoreServices): Promise<void> {
  const inputs = {
    image,
    "fulcio-url": sigstore.fulcioUrl,
    "rekor-url": sigstore.rekorUrl,
    "tsa-url": sigstore.tsaUrl,
    "trust-root": JSON.stringify(sigstore.trustRoot),
  };
  await writeFile(join(folder, ".git", "event.json"), JSON.stringify({ inputs }));
}

async function runAct(
  { folder, actions, sigstore }: World,
  workflow: string,
): Promise<{ readonly status: number; readonly log: string }> {
  const variables = {
    ...actions.environment("run-1", "job-1"),
    ACTIONS_ID_TOKEN_REQUEST_URL: sigstore.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: sigstore.requestToken,
  };
  const args = [
    ...["workflow_dispatch", "-W", workflow, "-e", ".git/event.json"],
    ...["-P", "ubuntu-24.04=-self-hosted", "--no-cache-server", "-s", "GITHUB_TOKEN=not-a-token"],
    ...["--local-repository", `${self}@main=${folder}`],
    ...Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
  ];
  // act takes the node of its PATH for node24 actions.
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(act, args, { cwd: folder, env: { ...process.env, PATH: path } });
    let log = "";
    child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.on("error", reject);
    child.on("close", (status) => {
      resolve({ status: status ?? 1, log });
    });
  });
}

async function verify({ image, sigstore }: World): Promise<void> {
  const ports = await openDemoPorts();
  try {
    const { statements } = await verifyImage(ports, {
      reference: `${image}:latest`,
      trustRoot: sigstore.trustRootPath,
      policy: {
        certificateIdentityRegexp: "^https://github\\.com/example/factory/",
        certificateOidcIssuer: sigstore.oidcUrl,
        require: ["spdx", "provenance"],
      },
    });
    assert.equal(statements.length, 5, "an SBOM for each of two platforms, provenance for those and for the index");
  } finally {
    ports.http.close();
  }
}
