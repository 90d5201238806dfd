import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  describeProvenance,
  describeProvenanceStatement,
  describeSbomStatement,
  loadBuildPlatform,
  loadTrustRoot,
  openAttestor,
  subjectOf,
  verifyArtifactBundle,
  type AttestPorts,
  type SigningOptions,
  type VerifiedArtifact,
} from "@apkmill/attest";
import { createHttpClient, defaultLimits, digestOf, openStore, silentLogger } from "@apkmill/core";
import { startSigstore, type SigstoreServices } from "./sigstore.ts";

/** cosign reads what we sign, and signs what we read: against the services on loopback, which it takes for the real ones. */

/** Where `npm run test:full` puts it, or anywhere on the path. */
const { PATH = "", HOME = ".", XDG_CACHE_HOME = join(HOME, ".cache") } = process.env;
const folders = [join(XDG_CACHE_HOME, "apkmill-peers"), ...PATH.split(":")];
const cosign = folders.map((one) => join(one, "cosign")).find((one) => existsSync(one));
const content = "an artifact\n";
const subject = subjectOf("artifact", digestOf(content));

let folder: string;
let services: SigstoreServices;
const path = (name: string): string => join(folder, name);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cosign-test-"));
  services = await startSigstore({ folder: path("services") });
  await writeFile(path("artifact"), content);
});
after(async () => {
  await services.close();
  await rm(folder, { recursive: true, force: true });
});

async function openPorts(env: Readonly<Record<string, string>> = {}): Promise<AttestPorts> {
  const [http, store] = [createHttpClient(), await openStore(path("store"))];
  return { http, store, log: silentLogger, limits: defaultLimits, now: () => Date.now() / 1000, env };
}

async function runCosign(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // A home of its own: cosign keeps a cache of trust roots there.
    const options = { env: { PATH, HOME: folder } };
    execFile(cosign ?? "cosign", args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(stderr, { cause: error }));
    });
  });
}

const verify = (bundle: string, type: string, identity: string, ...more: readonly string[]): Promise<string> => {
  const trust = ["--trusted-root", services.trustRootPath, "--certificate-oidc-issuer", services.oidcUrl];
  const wanted = ["--type", type, "--certificate-identity", identity];
  return runCosign("verify-blob-attestation", "--bundle", bundle, ...trust, ...wanted, ...more, path("artifact"));
};

const signer = "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main";

describe("cosign", { skip: cosign === undefined ? "needs cosign (npm run test:full installs it)" : false }, () => {
  const kinds: readonly [string, SigningOptions, readonly string[]][] = [
    ["Rekor v2 and a timestamp authority", {}, []],
    ["Rekor v1 and a timestamp authority", { rekorVersion: 1 }, []],
    ["Rekor v1 alone", { rekorVersion: 1, tsaUrl: undefined }, []],
    [
      "a timestamp authority alone",
      { rekorUrl: undefined },
      ["--insecure-ignore-tlog=true", "--use-signed-timestamps"],
    ],
  ];
  for (const [what, options, flags] of kinds) {
    test(`verifies SBOM and provenance bundles made with ${what}`, async () => {
      const { fulcioUrl, rekorUrl, tsaUrl, trustRootPath: trustRoot } = services;
      const ports = await openPorts(services.runnerEnvironment());
      const attestor = await openAttestor(ports, { fulcioUrl, rekorUrl, tsaUrl, trustRoot, ...options });
      const platform = await loadBuildPlatform(ports, "0.1.0");
      const provenance = describeProvenance({ platform, externalParameters: { config: "hello.yaml" } });
      const document = { spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT", packages: [] };
      const [sbom = "", built = ""] = await attestor.sign([
        describeSbomStatement(subject, document),
        describeProvenanceStatement(subject, provenance),
      ]);
      await Promise.all([writeFile(path("sbom.json"), sbom), writeFile(path("provenance.json"), built)]);
      assert.match(await verify(path("sbom.json"), "spdxjson", signer, ...flags), /Verified OK/);
      assert.match(await verify(path("provenance.json"), "slsaprovenance1", signer, ...flags), /Verified OK/);
      await assert.rejects(verify(path("sbom.json"), "spdxjson", `${signer}x`, ...flags), /SAN/);
      await assert.rejects(verify(path("sbom.json"), "cyclonedx", signer, ...flags));
    });
  }

  const trusting = (): string[] => [
    ...["--yes", "--signing-config", services.signingConfigPath, "--trusted-root", services.trustRootPath],
    ...["--identity-token", services.identityTokenPath],
  ];

  async function verifyHere(bundle: string): Promise<VerifiedArtifact> {
    const trustRoot = await loadTrustRoot(await openPorts(), services.trustRootPath);
    const signedBy = { policy: { identity: signer, issuer: services.oidcUrl } };
    return verifyArtifactBundle(await readFile(bundle), path("artifact"), {
      trustRoot,
      limits: defaultLimits,
      signedBy,
    });
  }

  test("signs with the services, and its bundle verifies here", async () => {
    await runCosign("sign-blob", ...trusting(), "--bundle", path("signed.json"), path("artifact"));
    assert.equal((await verifyHere(path("signed.json"))).statement, undefined);
  });

  test("attests with the services, and its bundle verifies here", async () => {
    await writeFile(path("predicate"), "{}");
    const predicate = ["--type", "https://example.test/predicate", "--predicate", path("predicate")];
    await runCosign("attest-blob", ...trusting(), ...predicate, "--bundle", path("attested.json"), path("artifact"));
    const { statement } = await verifyHere(path("attested.json"));
    assert.equal(statement?.predicateType, "https://example.test/predicate");
  });
});
