import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { predicateTypes } from "@apkmill/attest";
import { isEngineError, type Digest } from "@apkmill/core";
import { startRegistry } from "@apkmill/dev-services";
import { gatherProvenance } from "./image-provenance.ts";
import { publishWith } from "./publish.ts";
import { openKeyAttestor } from "./testing/key-attestor.ts";
import { openTestPorts } from "./testing/ports.ts";
import { writeSyntheticLayout, type SyntheticImage } from "./testing/synthetic-layout.ts";
import { verifyWith, type VerifiedImage } from "./verify.ts";

const signer = { identity: "someone@example.org", issuer: "https://issuer.example.org", extensions: {} };
const hex = "a".repeat(64);

/** The least CycloneDX document that describes an image of one package. */
const cycloneDxOf = (version: Digest): string =>
  JSON.stringify({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    metadata: { component: { type: "container", name: "img", version } },
    components: [{ name: "app", purl: "pkg:apk/acme/app@1-r0", hashes: [{ alg: "SHA-256", content: hex }] }],
  });

describe("bills of materials in CycloneDX", () => {
  let directory = "";
  let image: SyntheticImage;
  let ports: Awaited<ReturnType<typeof openTestPorts>>;
  let registry: Awaited<ReturnType<typeof startRegistry>>;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "apkmill-forms-"));
    image = await writeSyntheticLayout(directory, "forms");
    ports = await openTestPorts(directory);
    registry = await startRegistry({});
    await write("x86_64", image.platforms["linux/amd64"]);
    await write("aarch64", image.platforms["linux/arm64"]);
  });
  after(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });

  const write = (arch: string, digest: Digest): Promise<void> =>
    writeFile(join(directory, `sbom-${arch}.cdx.json`), cycloneDxOf(digest));

  async function publish(): Promise<(readonly [Digest, string])[]> {
    const references = [`${registry.host}/acme/img:latest`];
    const options = { layout: image.layout, references, attest: ["sbom"] as const, sign: "auto" as const };
    const { attestations } = await publishWith(ports, options, () => Promise.resolve(openKeyAttestor(signer)));
    return attestations.map(({ subject, predicateType }) => [subject, predicateType]);
  }

  function verify(...require: string[]): Promise<VerifiedImage> {
    const policy = { certificateIdentity: signer.identity, certificateOidcIssuer: signer.issuer, require };
    return verifyWith(ports, { reference: `${registry.host}/acme/img:latest`, policy }, openKeyAttestor(signer));
  }

  test("are attested beside those in SPDX, and verified", async () => {
    const { "linux/amd64": amd64, "linux/arm64": arm64 } = image.platforms;
    assert.deepEqual(await publish(), [
      [amd64, predicateTypes.spdx],
      [amd64, predicateTypes.cyclonedx],
      [arm64, predicateTypes.spdx],
      [arm64, predicateTypes.cyclonedx],
    ]);
    const { statements } = await verify("cyclonedx");
    assert.deepEqual(
      statements.map(({ subject, predicateType }) => [subject, predicateType]),
      [amd64, arm64].map((subject) => [subject, predicateTypes.cyclonedx]),
    );
    await verify("spdx", "cyclonedx");
  });

  test("of another platform are refused", async () => {
    await write("x86_64", image.platforms["linux/arm64"]);
    const isWrong = (error: unknown): boolean => isEngineError(error) && error.code === "PUBLISH_SBOM_WRONG";
    await assert.rejects(publish(), isWrong);
    await write("x86_64", image.platforms["linux/amd64"]);
  });

  test("are enough: attested alone, and what provenance says went in", async () => {
    for (const arch of ["x86_64", "aarch64"]) await rm(join(directory, `sbom-${arch}.spdx.json`));
    assert.deepEqual(new Set((await publish()).map(([, type]) => type)), new Set([predicateTypes.cyclonedx]));
    const inputs = { layout: image.layout, parameters: {}, engineVersion: "0" };
    const { packages } = await gatherProvenance(ports, inputs);
    const app = { purl: "pkg:apk/acme/app@1-r0", digest: `sha256:${hex}` };
    assert.deepEqual(packages, [app, app]);
  });
});
