import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startRegistry, startSigstore } from "@apkmill/dev-services";
import { goToolFolder } from "../../scripts/host-tools.ts";
import { apkmillJson, run } from "./apkmill.ts";
import { buildHello, sourcesOf } from "./hello.ts";
import { needs, program, temporaryDirectory } from "./surroundings.ts";

/** cosign 3 verifies what we attest: the same bundles, from the registry, under the trusted root of the local services. */
const cosign = join(goToolFolder, "cosign");
const skip = needs(program("bwrap"), existsSync(cosign) ? false : "cosign");

describe("cosign", { skip }, () => {
  let registry: Awaited<ReturnType<typeof startRegistry>>;
  let sigstore: Awaited<ReturnType<typeof startSigstore>>;
  let platforms: readonly { readonly digest: string }[];
  let digest: string;

  before(async () => {
    const folder = temporaryDirectory();
    const hello = await buildHello(folder);
    const image = join(folder, "image");
    await apkmillJson([
      "image",
      "build",
      join(folder, "source", "hello.apko.yaml"),
      "hello:test",
      image,
      ...sourcesOf(hello),
    ]);
    registry = await startRegistry();
    sigstore = await startSigstore({ folder: join(folder, "sigstore") });
    const services = [
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
    ({ platforms, digest } = await apkmillJson<{ platforms: { digest: string }[]; digest: string }>([
      "publish",
      image,
      `${registry.host}/acme/hello:test`,
      ...services,
    ]));
  });
  after(async () => {
    await Promise.all([registry.close(), sigstore.close()]);
  });

  const verify = (type: string, subject: string, identity: string): ReturnType<typeof run> =>
    run([
      ...[
        cosign,
        "verify-attestation",
        "--type",
        type,
        "--trusted-root",
        sigstore.trustRootPath,
        "--use-signed-timestamps",
      ],
      ...[
        "--allow-insecure-registry",
        "--allow-http-registry",
        "--certificate-identity",
        identity,
        "--certificate-oidc-issuer",
        sigstore.oidcUrl,
      ],
      `${registry.host}/acme/hello@${subject}`,
    ]);
  const identity = "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main";

  test("accepts the SBOM and the provenance of every platform, and the provenance of the index", async () => {
    for (const platform of platforms) {
      for (const type of ["spdxjson", "slsaprovenance1"]) {
        const { status, stderr } = await verify(type, platform.digest, identity);
        assert.equal(status, 0, stderr);
      }
    }
    const { status, stderr } = await verify("slsaprovenance1", digest, identity);
    assert.equal(status, 0, stderr);
  });

  test("refuses them for another identity", async () => {
    const { status } = await verify("spdxjson", platforms[0]?.digest ?? "", "https://github.com/somebody/else");
    assert.notEqual(status, 0);
  });
});
