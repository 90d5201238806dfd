import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { describeProvenance, parseStatement } from "@apkmill/attest";
import { digestOf, isEngineError } from "@apkmill/core";
import {
  hasDistributionRegistry,
  startDistributionRegistry,
  startRegistry,
  startSigstore,
  type SigstoreServices,
} from "@apkmill/dev-services";
import { openRegistry, parseReference } from "@apkmill/oci";
import { fetchBundles } from "./bundles.ts";
import { publishImage, type PublishImageOptions } from "./publish.ts";
import type { PublishedImage } from "./published.ts";
import { openTestPorts } from "./testing/ports.ts";
import { writeSyntheticLayout, type SyntheticImage } from "./testing/synthetic-layout.ts";
import { verifyImage } from "./verify.ts";

/** Publishing with the real signing chain: certificate, transparency log, timestamps and trusted root, on loopback. */

const provenance = {
  platform: { kind: "local", engineVersion: "0" },
  externalParameters: { config: "image.yaml" },
} as const;
/** Whom the services' identity provider vouches for unless told otherwise. */
const identity = "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main";

let directory = "";
let image: SyntheticImage;
let sigstore: SigstoreServices;
let ports: Awaited<ReturnType<typeof openTestPorts>>;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "apkmill-signed-"));
  image = await writeSyntheticLayout(directory, "signed");
  sigstore = await startSigstore({ folder: join(directory, "sigstore") });
  ports = await openTestPorts(directory);
});
after(async () => {
  await sigstore.close();
  await rm(directory, { recursive: true, force: true });
});

function publishTo(host: string, more: Partial<PublishImageOptions> = {}): Promise<PublishedImage> {
  return publishImage(ports, {
    layout: image.layout,
    references: [`${host}/acme/img:latest`],
    attest: ["sbom", "provenance"],
    sign: "auto",
    provenance,
    services: {
      fulcioUrl: sigstore.fulcioUrl,
      rekorUrl: sigstore.rekorUrl,
      tsaUrl: sigstore.tsaUrl,
      trustRoot: sigstore.trustRootPath,
      identityToken: sigstore.identityTokenPath,
    },
    ...more,
  });
}

function verify(reference: string, certificateIdentity = identity): ReturnType<typeof verifyImage> {
  return verifyImage(ports, {
    reference,
    trustRoot: sigstore.trustRootPath,
    policy: { certificateIdentity, certificateOidcIssuer: sigstore.oidcUrl, require: ["spdx", "provenance"] },
  });
}

const logEntries = (): number =>
  sigstore.served.filter(({ method, path }) => method === "POST" && path.includes("/log/entries")).length;

for (const kind of ["our registry", "Debian's docker-registry"]) {
  const real = kind === "Debian's docker-registry";
  const skip = real && !(await hasDistributionRegistry()) ? "needs the Debian package docker-registry" : false;
  describe(`an image signed keylessly in ${kind}`, { skip }, () => {
    let registry: { readonly host: string; close(): Promise<void> } | undefined;
    let host = "";
    let published: PublishedImage;
    before(async () => {
      registry = real
        ? await startDistributionRegistry(await mkdtemp(join(directory, "registry-")))
        : await startRegistry();
      ({ host } = registry);
      published = await publishTo(host);
    });
    after(() => registry?.close());

    test("is accepted with the identity that signed it", async () => {
      const verified = await verify(`${host}/acme/img:latest`);
      assert.equal(verified.digest, image.digest);
      assert.equal(verified.statements.length, 5);
      for (const { signer } of verified.statements) assert.equal(signer.identity, identity);
    });

    test("is refused with another identity, in one sentence", async () => {
      await assert.rejects(verify(`${host}/acme/img:latest`, "https://github.com/other/factory"), (error: unknown) => {
        assert.ok(isEngineError(error) && error.code === "PUBLISH_POLICY");
        assert.equal(
          error.message,
          `verifying ${host}/acme/img: provenance of the image (${image.digest}): expected the signer to be https://github.com/other/factory, found ${identity}`,
        );
        return true;
      });
    });

    test("has bundles whose statements name the subject and hold the SBOM as it is", async () => {
      const client = openRegistry(ports, parseReference(`${host}/acme/img`));
      const subject = image.platforms["linux/arm64"];
      const payloads = (await fetchBundles(client, subject, ports.log)).map(({ bytes }) => {
        const { dsseEnvelope } = JSON.parse(bytes.toString()) as { dsseEnvelope: { payload: string } };
        return parseStatement(Buffer.from(dsseEnvelope.payload, "base64"));
      });
      const sbom = payloads.find(({ predicateType }) => predicateType === "https://spdx.dev/Document");
      assert.deepEqual(sbom?.subject, [
        { name: `${host}/acme/img`, digest: { sha256: subject.slice("sha256:".length) } },
      ]);
      assert.deepEqual(sbom.predicate, JSON.parse(await readFile(join(directory, "sbom-aarch64.spdx.json"), "utf8")));
      const build = payloads.find(({ predicateType }) => predicateType === "https://slsa.dev/provenance/v1");
      assert.deepEqual(build?.predicate, describeProvenance(provenance));
    });

    test("is not signed again when it is published again", async () => {
      const before = logEntries();
      await sigstore.refreshToken();
      const again = await publishTo(host);
      assert.equal(logEntries(), before);
      assert.deepEqual(again.attestations, published.attestations);
      assert.equal(again.blobs.bytesUploaded, 0);
    });
  });
}

describe("a changed bundle", () => {
  test("that was pushed properly does not count, and the reason is kept as the cause", async (t) => {
    const registry = await startRegistry();
    t.after(() => registry.close());
    const host = registry.host;
    await publishTo(host);
    const client = openRegistry(ports, parseReference(`${host}/acme/img`));
    const [bundle] = await fetchBundles(client, image.digest, ports.log);
    assert.ok(bundle !== undefined);
    const text = bundle.bytes.toString();
    const signature = /"sig":"(.{8})/.exec(text)?.[1] ?? "";
    const forged = Buffer.from(text.replace(signature, signature === "AAAAAAAA" ? "BBBBBBBB" : "AAAAAAAA"));
    assert.notEqual(digestOf(forged), bundle.digest);
    const { blobOf, referrerFor } = await import("./bundles.ts");
    const other = await startRegistry();
    t.after(() => other.close());
    await publishTo(other.host, { attest: ["sbom"] });
    const target = openRegistry(ports, parseReference(`${other.host}/acme/img`));
    await target.pushBlob(blobOf(forged));
    const served = await target.getManifest(image.digest);
    assert.ok(served !== undefined);
    const subject = { mediaType: served.mediaType, digest: image.digest, size: served.bytes.length };
    await target.attachReferrers(image.digest, [referrerFor(subject, "https://slsa.dev/provenance/v1", forged)]);
    await assert.rejects(verify(`${other.host}/acme/img:latest`), (error: unknown) => {
      assert.ok(isEngineError(error) && error.code === "PUBLISH_POLICY");
      assert.ok(isEngineError(error.cause) && error.cause.code.startsWith("ATTEST_"));
      return true;
    });
  });
});

describe("signing services that do not answer", () => {
  test("leave the image untagged, and a later run completes it", async (t) => {
    const registry = await startRegistry();
    t.after(() => registry.close());
    const client = openRegistry(ports, parseReference(`${registry.host}/acme/img`));
    const closed = {
      fulcioUrl: "http://127.0.0.1:9",
      rekorUrl: sigstore.rekorUrl,
      tsaUrl: sigstore.tsaUrl,
      rekorVersion: 2,
    } as const;
    const services = { ...closed, trustRoot: sigstore.trustRootPath, identityToken: sigstore.identityTokenPath };
    await assert.rejects(publishTo(registry.host, { services }), isEngineError);
    assert.equal(await client.getManifest("latest"), undefined);
    await publishTo(registry.host);
    await verify(`${registry.host}/acme/img:latest`);
  });
});
