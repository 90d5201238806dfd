import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { canonicalJson, digestOf, hexOf } from "@apkmill/core";
import { localBuilderId } from "./build-platform.ts";
import { buildType, describeProvenance, type ProvenanceInputs } from "./provenance.ts";
import { codeOf } from "./testing/refusals.ts";
import { parseWorkflowClaims } from "./workflow-claims.ts";

const claims = {
  iss: "https://token.actions.githubusercontent.com",
  repository: "acme/images",
  repository_id: "1",
  repository_owner_id: 2,
  ref: "refs/heads/main",
  sha: "a".repeat(40),
  event_name: "push",
  job_workflow_ref: "acme/ci/.github/workflows/factory.yml@refs/tags/v1",
  workflow_ref: "acme/images/.github/workflows/publish.yml@refs/heads/main",
  runner_environment: "github-hosted",
  run_id: "7",
  run_attempt: "2",
};

const local: ProvenanceInputs = {
  platform: { kind: "local", engineVersion: "0.1.0" },
  externalParameters: { config: "hello.apko.yaml" },
};
const musl = { purl: "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64", digest: digestOf("musl") };
const busybox = { purl: "pkg:apk/alpine/busybox@1.36.1-r15?arch=x86_64", digest: digestOf("busybox") };

describe("the provenance of a local build", () => {
  test("claims nothing that it does not know", () => {
    assert.deepEqual(describeProvenance(local), {
      buildDefinition: {
        buildType,
        externalParameters: { config: "hello.apko.yaml" },
        internalParameters: {},
        resolvedDependencies: [],
      },
      runDetails: { builder: { id: localBuilderId, version: { apkmill: "0.1.0" } } },
    });
  });

  test("names source, configs and packages, each once and sorted", () => {
    const { buildDefinition } = describeProvenance({
      ...local,
      source: { repository: "https://git.example/images", commit: "b".repeat(40) },
      configs: [{ path: "hello.apko.yaml", digest: digestOf("config") }],
      packages: [musl, busybox, musl],
    });
    assert.deepEqual(buildDefinition.resolvedDependencies, [
      { uri: "git+https://git.example/images", digest: { gitCommit: "b".repeat(40) } },
      { name: "hello.apko.yaml", digest: { sha256: hexOf(digestOf("config")) } },
      { uri: busybox.purl, digest: { sha256: hexOf(busybox.digest) } },
      { uri: musl.purl, digest: { sha256: hexOf(musl.digest) } },
    ]);
  });

  test("is the same whatever the order in which packages were found", () => {
    const [one, other] = [
      [musl, busybox],
      [busybox, musl],
    ].map((packages) => describeProvenance({ ...local, packages }));
    assert.equal(canonicalJson(one), canonicalJson(other));
  });

  test("has times and byproducts where they are given", () => {
    const { runDetails } = describeProvenance({
      ...local,
      startedOn: 0,
      finishedOn: 1.9,
      byproducts: [{ name: "apko.lock.json", digest: digestOf("lock"), mediaType: "application/json" }],
    });
    assert.deepEqual(runDetails.metadata, {
      startedOn: "1970-01-01T00:00:00Z",
      finishedOn: "1970-01-01T00:00:01Z",
    });
    assert.deepEqual(runDetails.byproducts, [
      { name: "apko.lock.json", mediaType: "application/json", digest: { sha256: hexOf(digestOf("lock")) } },
    ]);
  });
});

describe("the provenance of a workflow", () => {
  const platform = { kind: "workflow", claims: parseWorkflowClaims(claims), engineVersion: "0.1.0" } as const;

  test("says what the token says", () => {
    const { buildDefinition, runDetails } = describeProvenance({ ...local, platform });
    assert.deepEqual(buildDefinition.internalParameters, {
      github: {
        issuer: claims.iss,
        event_name: "push",
        repository_id: "1",
        repository_owner_id: "2",
        runner_environment: "github-hosted",
        workflow_ref: claims.workflow_ref,
      },
    });
    assert.deepEqual(buildDefinition.resolvedDependencies, [
      { uri: "git+https://github.com/acme/images@refs/heads/main", digest: { gitCommit: "a".repeat(40) } },
    ]);
    assert.equal(runDetails.builder.id, "https://github.com/acme/ci/.github/workflows/factory.yml@refs/tags/v1");
    assert.equal(runDetails.metadata?.invocationId, "https://github.com/acme/images/actions/runs/7/attempts/2");
  });

  test("names the forge of an enterprise", () => {
    const { serverUrl } = parseWorkflowClaims({ ...claims, iss: "https://token.actions.acme.ghe.com" });
    assert.equal(serverUrl, "https://acme.ghe.com");
  });

  test("needs every claim", async () => {
    for (const name of Object.keys(claims)) {
      assert.equal(await codeOf(() => parseWorkflowClaims({ ...claims, [name]: undefined })), "ATTEST_TOKEN");
    }
  });
});
