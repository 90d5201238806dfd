import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startDistributionRegistry, startSigstore } from "@apkmill/dev-services";
import { apkmill, apkmillJson, run } from "./apkmill.ts";
import { buildHello, sourcesOf } from "./hello.ts";
import { needs, program, temporaryDirectory } from "./surroundings.ts";

/** The command line publishes to Debian's docker-registry, which has no referrers API, and verifies what that serves. */
const skip = needs(program("bwrap"), program("docker-registry"));

interface Published {
  readonly digest: string;
  readonly platforms: readonly { readonly platform: string; readonly digest: string }[];
  readonly attestations: readonly { readonly subject: string; readonly predicateType: string }[];
}

interface Manifest {
  readonly manifests?: readonly {
    readonly digest: string;
    readonly artifactType?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
  readonly layers?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
}

describe("publishing to docker-registry", { skip }, () => {
  let image: string;
  let registry: Awaited<ReturnType<typeof startDistributionRegistry>>;
  let sigstore: Awaited<ReturnType<typeof startSigstore>>;
  let published: Published;
  let services: string[];

  before(async () => {
    const folder = temporaryDirectory();
    const hello = await buildHello(folder);
    image = join(folder, "image");
    await apkmillJson([
      "image",
      "build",
      join(folder, "source", "hello.apko.yaml"),
      "hello:test",
      image,
      ...sourcesOf(hello),
    ]);
    registry = await startDistributionRegistry(join(folder, "registry"));
    sigstore = await startSigstore({ folder: join(folder, "sigstore") });
    services = [
      "--fulcio-url",
      sigstore.fulcioUrl,
      "--rekor-url",
      sigstore.rekorUrl,
      "--tsa-url",
      sigstore.tsaUrl,
      "--trust-root",
      sigstore.trustRootPath,
      "--identity-token",
      sigstore.identityTokenPath,
    ];
    published = await apkmillJson<Published>([
      "publish",
      image,
      `${registry.host}/acme/hello:1.0`,
      `${registry.host}/acme/hello:latest`,
      ...services,
    ]);
  });
  after(async () => {
    await Promise.all([registry.close(), sigstore.close()]);
  });

  async function fetchManifest(reference: string): Promise<Manifest> {
    const accept = ["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"].join(", ");
    const answer = await fetch(`http://${registry.host}/v2/acme/hello/manifests/${reference}`, { headers: { accept } });
    assert.equal(answer.status, 200, reference);
    return (await answer.json()) as Manifest;
  }

  const verify = (...policy: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
    apkmill(["verify", `${registry.host}/acme/hello:latest`, "--trust-root", sigstore.trustRootPath, ...policy]);
  const identity = "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main";

  test("leaves the index under every tag, and each platform's manifest with its blobs", async () => {
    for (const tag of ["1.0", "latest"]) {
      const index = await fetchManifest(tag);
      assert.deepEqual(
        index.manifests?.map(({ digest }) => digest),
        published.platforms.map(({ digest }) => digest),
      );
    }
    for (const { digest } of published.platforms) {
      const { layers = [], config } = await fetchManifest(digest);
      for (const blob of [...layers, ...(config === undefined ? [] : [config])]) {
        assert.equal(
          (await fetch(`http://${registry.host}/v2/acme/hello/blobs/${blob.digest}`, { method: "HEAD" })).status,
          200,
        );
      }
    }
  });

  test("leaves one SBOM and one provenance for every platform manifest, under the fallback tag", async () => {
    for (const { digest } of published.platforms) {
      const referrers = await fetchManifest(digest.replace(":", "-"));
      const types = referrers.manifests
        ?.map(({ annotations }) => annotations?.["dev.sigstore.bundle.predicateType"])
        .sort();
      assert.deepEqual(types, ["https://slsa.dev/provenance/v1", "https://spdx.dev/Document"]);
      assert.ok(
        referrers.manifests?.every(
          ({ artifactType }) => artifactType === "application/vnd.dev.sigstore.bundle.v0.3+json",
        ),
      );
    }
  });

  test("is accepted with the right identity, and refused with a wrong one in one clear sentence", async () => {
    const good = await verify("--certificate-identity", identity, "--certificate-oidc-issuer", sigstore.oidcUrl);
    assert.equal(good.status, 0, good.stderr);
    assert.match(good.stdout, new RegExp(`verified ${published.digest}`));
    const bad = await verify(
      "--certificate-identity",
      "https://github.com/somebody/else",
      "--certificate-oidc-issuer",
      sigstore.oidcUrl,
    );
    assert.equal(bad.status, 1);
    assert.match(
      bad.stderr,
      /expected the signer to be https:\/\/github\.com\/somebody\/else, found https:\/\/github\.com\/example\/factory/,
    );
    const nobody = await verify("--certificate-oidc-issuer", sigstore.oidcUrl);
    assert.equal(nobody.status, 1);
  });

  test("does nothing a second time but say so", async () => {
    await sigstore.refreshToken();
    const again = await apkmillJson<Published & { blobs: { uploaded: number } }>([
      "publish",
      image,
      `${registry.host}/acme/hello:latest`,
      ...services,
    ]);
    assert.equal(again.blobs.uploaded, 0);
    const referrers = await fetchManifest((published.platforms[0]?.digest ?? "").replace(":", "-"));
    assert.equal(referrers.manifests?.length, 2);
  });

  test("npx apkmill works in the checkout", async () => {
    const { status, stdout } = await run(["npx", "apkmill", "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /image build/);
  });
});
