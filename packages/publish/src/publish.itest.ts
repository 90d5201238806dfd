import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { predicateTypes, type ProvenanceInputs } from "@apkmill/attest";
import { digestOf, hexOf, isEngineError, pathExists } from "@apkmill/core";
import {
  hasDistributionRegistry,
  startDistributionRegistry,
  startRegistry,
  type RegistryOptions,
} from "@apkmill/dev-services";
import { openRegistry, parseReference } from "@apkmill/oci";
import { fetchBundles } from "./bundles.ts";
import { publishWith, type PublishImageOptions } from "./publish.ts";
import type { PublishedImage } from "./published.ts";
import { openKeyAttestor, type KeyAttestor } from "./testing/key-attestor.ts";
import { openTestPorts } from "./testing/ports.ts";
import { writeSyntheticLayout, type SyntheticImage } from "./testing/synthetic-layout.ts";
import { verifyWith } from "./verify.ts";

const signer = {
  identity: "https://github.com/acme/factory/.github/workflows/image.yml@refs/heads/main",
  issuer: "https://token.actions.githubusercontent.com",
  sourceRepository: "https://github.com/acme/factory",
  extensions: {},
};
const policy = {
  certificateIdentity: signer.identity,
  certificateOidcIssuer: signer.issuer,
  require: ["spdx", "provenance"],
};
const provenance: ProvenanceInputs = {
  platform: { kind: "local", engineVersion: "0" },
  externalParameters: { config: "image.yaml" },
};

let directory = "";
let image: SyntheticImage;
let ports: Awaited<ReturnType<typeof openTestPorts>>;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "apkmill-publish-"));
  image = await writeSyntheticLayout(directory, "first");
  ports = await openTestPorts(directory);
});
after(() => rm(directory, { recursive: true, force: true }));

const optionsFor = (host: string, more: Partial<PublishImageOptions> = {}): PublishImageOptions => ({
  layout: image.layout,
  references: [`${host}/acme/img:latest`],
  attest: ["sbom", "provenance"],
  provenance,
  sign: "auto",
  ...more,
});

const publishTo = (
  host: string,
  more: Partial<PublishImageOptions> = {},
  attestor: KeyAttestor = openKeyAttestor(signer),
): Promise<PublishedImage> => publishWith(ports, optionsFor(host, more), () => Promise.resolve(attestor));

const codeIs =
  (code: string, message = /./) =>
  (error: unknown): boolean => {
    assert.ok(isEngineError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };

/** What a registry shows for the image: where `latest` points, and how many bundles each of its manifests has. */
async function look(
  host: string,
): Promise<{ readonly latest: string | undefined; readonly bundles: readonly number[] }> {
  const client = openRegistry(ports, parseReference(`${host}/acme/img`));
  const latest = (await client.getManifest("latest"))?.digest;
  const bundles: number[] = [];
  for (const subject of [image.digest, ...Object.values(image.platforms)]) {
    bundles.push((await fetchBundles(client, subject, ports.log)).length);
  }
  return { latest, bundles };
}

const hasReal = await hasDistributionRegistry();

for (const kind of ["our registry", "our registry without the referrers API", "Debian's docker-registry"]) {
  const real = kind === "Debian's docker-registry";
  describe(
    `publishing to ${kind}`,
    { skip: real && !hasReal ? "needs the Debian package docker-registry" : false },
    () => {
      let registry: { readonly host: string; close(): Promise<void> } | undefined;
      let host = "";
      before(async () => {
        const storage = await mkdtemp(join(directory, "registry-"));
        registry = real
          ? await startDistributionRegistry(storage)
          : await startRegistry({ referrersApi: kind === "our registry" });
        ({ host } = registry);
      });
      after(() => registry?.close());

      test("leaves blobs, manifests, one bundle of each kind on each digest, and the tags", async () => {
        const published = await publishTo(host, { references: [`${host}/acme/img:v1`, `${host}/acme/img:latest`] });
        assert.equal(published.digest, image.digest);
        assert.deepEqual(published.tags, [`${host}/acme/img:v1`, `${host}/acme/img:latest`]);
        assert.deepEqual(
          published.platforms.map(({ platform, digest }) => [platform, digest]),
          Object.entries(image.platforms),
        );
        assert.deepEqual(
          { ...published.blobs, bytesUploaded: 0 },
          { uploaded: 5, mounted: 0, existing: 0, bytesUploaded: 0 },
        );
        const { "linux/amd64": amd64, "linux/arm64": arm64 } = image.platforms;
        assert.deepEqual(
          published.attestations.map(({ subject, predicateType }) => [subject, predicateType]),
          [
            [amd64, predicateTypes.spdx],
            [arm64, predicateTypes.spdx],
            [amd64, predicateTypes.provenance],
            [arm64, predicateTypes.provenance],
            [image.digest, predicateTypes.provenance],
          ],
        );
        assert.deepEqual(await look(host), { latest: image.digest, bundles: [1, 2, 2] });
      });

      test("uploads, signs and attaches nothing when it is done again", async () => {
        const attestor = openKeyAttestor(signer);
        const first = await publishTo(host, { references: [`${host}/acme/img:latest`] }, attestor);
        assert.equal(attestor.signatures(), 0);
        assert.deepEqual(first.blobs, { uploaded: 0, mounted: 0, existing: 5, bytesUploaded: 0 });
        assert.deepEqual(await look(host), { latest: image.digest, bundles: [1, 2, 2] });
      });

      test("signs again for another builder, and keeps what the first one said", async () => {
        const other = openKeyAttestor({ ...signer, identity: "someone@example.org" });
        await publishTo(host, {}, other);
        assert.equal(other.signatures(), 5);
        assert.deepEqual((await look(host)).bundles, [2, 4, 4]);
      });

      test("is accepted by verify with the right identity, by tag and by digest", async () => {
        for (const reference of [`${host}/acme/img:latest`, `${host}/acme/img@${image.digest}`]) {
          const verified = await verifyWith(ports, { reference, policy }, openKeyAttestor(signer));
          assert.equal(verified.digest, image.digest);
          assert.deepEqual(
            verified.statements.map(({ platform, predicateType }) => [platform, predicateType]),
            [
              ["", predicateTypes.provenance],
              ["linux/amd64", predicateTypes.spdx],
              ["linux/amd64", predicateTypes.provenance],
              ["linux/arm64", predicateTypes.spdx],
              ["linux/arm64", predicateTypes.provenance],
            ],
          );
        }
      });

      test("mounts into a second repository of the same registry, with the same bundles", async () => {
        const references = [`${host}/acme/img:latest`, `${host}/acme/mirror:latest`];
        const attestor = openKeyAttestor(signer);
        const published = await publishTo(host, { references }, attestor);
        assert.deepEqual(published.blobs, { uploaded: 0, mounted: 5, existing: 5, bytesUploaded: 0 });
        assert.equal(attestor.signatures(), 0);
        await verifyWith(ports, { reference: `${host}/acme/mirror:latest`, policy }, attestor);
      });
    },
  );
}

async function withRegistry<T>(
  options: RegistryOptions,
  work: (host: string, served: readonly { method: string; path: string; status: number }[]) => Promise<T>,
): Promise<T> {
  const registry = await startRegistry(options);
  try {
    return await work(registry.host, registry.served);
  } finally {
    await registry.close();
  }
}

describe("the order of publishing", () => {
  test("writes blobs before manifests, reads everything back, and writes tags last", async () => {
    await withRegistry({}, async (host, served) => {
      await publishTo(host);
      const writes = served.filter(({ method }) => method === "PUT").map(({ path }) => path);
      const kinds = writes.map((path) =>
        path.includes("/blobs/") ? "blob" : path.endsWith("/latest") ? "tag" : "manifest",
      );
      assert.equal(kinds.indexOf("manifest"), 5);
      assert.equal(kinds.indexOf("tag"), kinds.length - 1);
      const afterLastWrite = served.map(({ method }) => method).lastIndexOf("PUT");
      const lastManifest = served.findLastIndex(({ method, path }) => method === "PUT" && !path.endsWith("/latest"));
      const readBetween = served.slice(lastManifest, afterLastWrite).map(({ path }) => path.split("/").at(-1));
      for (const digest of image.blobs) assert.ok(readBetween.includes(digest), digest);
    });
  });

  for (const referrersApi of [true, false]) {
    // The settling of the fallback tag takes a while, so every request of it is not tried.
    const step = referrersApi ? 1 : 6;
    test(`stopped after any request, leaves no tag, and converges when run again (${referrersApi ? "referrers API" : "fallback tag"})`, async () => {
      const total = await withRegistry({ referrersApi }, async (host, served) => {
        await publishTo(host);
        return served.length;
      });
      for (let stopAfter = 0; stopAfter < total; stopAfter += step) {
        let requests = 0;
        let open = false;
        const fault: RegistryOptions["fault"] = () => {
          requests += 1;
          return open || requests <= stopAfter ? undefined : { kind: "answer", answer: { status: 403 } };
        };
        await withRegistry({ referrersApi, fault }, async (host, served) => {
          await assert.rejects(publishTo(host), `${String(stopAfter)} of ${String(total)}`);
          const tagged = served.findIndex(
            ({ method, path, status }) => method === "PUT" && path.endsWith("/latest") && status === 201,
          );
          open = true;
          const seen = await look(host);
          assert.equal(seen.latest, tagged < 0 ? undefined : image.digest);
          if (tagged >= 0) assert.deepEqual(seen.bundles, [1, 2, 2]);
          const again = await publishTo(host);
          assert.deepEqual(again.tags, [`${host}/acme/img:latest`]);
          assert.deepEqual(await look(host), { latest: image.digest, bundles: [1, 2, 2] });
        });
      }
    });
  }

  test("keeps the old image under its tag when a new one fails", async () => {
    const second = await writeSyntheticLayout(await mkdtemp(join(directory, "second-")), "second");
    let broken = false;
    const fault: RegistryOptions["fault"] = ({ method, path }) =>
      broken && method === "PUT" && path.includes(second.platforms["linux/arm64"])
        ? { kind: "answer", answer: { status: 403 } }
        : undefined;
    await withRegistry({ fault }, async (host) => {
      await publishTo(host);
      broken = true;
      await assert.rejects(publishTo(host, { layout: second.layout }), codeIs("REGISTRY_DENIED"));
      assert.equal((await look(host)).latest, image.digest);
      broken = false;
      await publishTo(host, { layout: second.layout });
      assert.equal((await look(host)).latest, second.digest);
    });
  });

  test("uses the bundles of a run that was stopped after signing", async () => {
    const bundleDir = join(await mkdtemp(join(directory, "bundles-")), "bundles");
    const attestor = openKeyAttestor(signer);
    let broken = true;
    // The bundles are the first blobs after the manifests.
    let manifests = 0;
    const fault: RegistryOptions["fault"] = ({ method, path }) => {
      if (method === "PUT" && path.includes("/manifests/")) manifests += 1;
      return broken && manifests >= 3 && method === "POST" ? { kind: "answer", answer: { status: 403 } } : undefined;
    };
    await withRegistry({ fault }, async (host) => {
      await assert.rejects(publishTo(host, { bundleDir }, attestor), codeIs("REGISTRY_DENIED"));
      assert.equal(attestor.signatures(), 5);
      broken = false;
      const published = await publishTo(host, { bundleDir }, attestor);
      assert.equal(attestor.signatures(), 5);
      for (const { bundle, digest } of published.attestations) {
        assert.equal(digestOf(await readFile(bundle ?? "")), digest);
      }
    });
  });
});

describe("publishing refuses", () => {
  test("to move a tag that does not point to the expected image, before it uploads anything", async () => {
    await withRegistry({}, async (host, served) => {
      const expectPrevious = digestOf("another image");
      await assert.rejects(publishTo(host, { expectPrevious }), codeIs("PUBLISH_TAG_MOVED", /found no such tag/));
      assert.deepEqual(
        served.filter(({ method }) => method !== "GET"),
        [],
      );
      await publishTo(host);
      await publishTo(host, { expectPrevious });
      const second = await writeSyntheticLayout(await mkdtemp(join(directory, "moved-")), "moved");
      const moved = publishTo(host, { expectPrevious, layout: second.layout });
      await assert.rejects(
        moved,
        codeIs("PUBLISH_TAG_MOVED", new RegExp(`expected .* ${expectPrevious}, found ${image.digest}`)),
      );
      await publishTo(host, { expectPrevious: image.digest, layout: second.layout });
      assert.equal((await look(host)).latest, second.digest);
    });
  });

  test("a tag that another job moved while this one was pushing", async () => {
    const other = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] }),
    );
    let looks = 0;
    const fault: RegistryOptions["fault"] = ({ method, path }) => {
      if (method !== "GET" || !path.endsWith("/latest") || (looks += 1) < 2) return undefined;
      return {
        kind: "answer",
        answer: { status: 200, headers: { "content-type": "application/vnd.oci.image.index.v1+json" }, body: other },
      };
    };
    await withRegistry({ fault }, async (host, served) => {
      const client = openRegistry(ports, parseReference(`${host}/acme/img`));
      const start = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: "application/vnd.oci.image.index.v1+json",
          manifests: [],
          annotations: { a: "b" },
        }),
      );
      await client.putTag("latest", start, "application/vnd.oci.image.index.v1+json");
      await assert.rejects(publishTo(host, { expectPrevious: digestOf(start) }), codeIs("PUBLISH_TAG_MOVED"));
      assert.equal(served.filter(({ method, path }) => method === "PUT" && path.endsWith("/latest")).length, 1);
    });
  });

  test("an SBOM of another platform, and one that is not there", async () => {
    const sboms = { "linux/amd64": join(directory, "sbom-aarch64.spdx.json") };
    await assert.rejects(publishTo("127.0.0.1:1", { sboms }), codeIs("PUBLISH_SBOM_WRONG", /linux\/amd64/));
    const bare = await mkdtemp(join(directory, "bare-"));
    await cp(image.layout, join(bare, "layout"), { recursive: true });
    await assert.rejects(
      publishTo("127.0.0.1:1", { layout: join(bare, "layout") }),
      codeIs("PUBLISH_SBOM_MISSING", /sbom-x86_64/),
    );
  });

  test("attestations without a signer", async () => {
    await assert.rejects(publishTo("127.0.0.1:1", { sign: "none" }), codeIs("PUBLISH_OPTIONS"));
  });

  test("a digest as the place to publish to, and no place at all", async () => {
    const references = [`127.0.0.1:1/acme/img@${image.digest}`];
    await assert.rejects(publishTo("", { references }), codeIs("PUBLISH_TARGET"));
    await assert.rejects(publishTo("", { references: [] }), codeIs("PUBLISH_TARGET"));
  });

  for (const [what, pick] of [
    ["index", () => image.digest],
    ["platform manifest", () => image.platforms["linux/arm64"]],
    ["layer or config", () => image.blobs[0] ?? image.digest],
  ] as const) {
    test(`a layout in which a byte of the ${what} has changed`, async () => {
      const copy = join(await mkdtemp(join(directory, "flipped-")), "layout");
      await cp(image.layout, copy, { recursive: true });
      await flip(join(copy, "blobs", "sha256", hexOf(pick())));
      await withRegistry({}, async (host) => {
        await assert.rejects(
          publishTo(host, { layout: copy, attest: [] }),
          codeIs("LAYOUT_CONTENT", new RegExp(pick())),
        );
        assert.equal((await look(host)).latest, undefined);
      });
    });
  }
});

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

describe("bytes that change in the registry", () => {
  test("are refused by name on read-back, and nothing is tagged", async () => {
    const storage = await mkdtemp(join(directory, "tampered-"));
    const victim = image.blobs.find((digest) => !Object.values(image.platforms).includes(digest)) ?? image.digest;
    let flipped: Promise<void> | undefined;
    const fault: RegistryOptions["fault"] = ({ method, path }) => {
      // The index is the last of the image to arrive: from here on the registry serves another layer.
      if (method === "PUT" && path.endsWith(image.digest)) flipped = flipIn(storage, victim);
      return flipped === undefined ? undefined : { kind: "delay", delayMs: 5 };
    };
    await withRegistry({ directory: storage, fault }, async (host) => {
      await assert.rejects(publishTo(host), codeIs("REGISTRY_CONTENT_CHANGED", new RegExp(victim)));
      assert.equal((await look(host)).latest, undefined);
    });
  });

  test("are refused by name by verify, wherever they are", async () => {
    const storage = await mkdtemp(join(directory, "served-"));
    await withRegistry({ directory: storage }, async (host) => {
      const { attestations } = await publishTo(host);
      const attestor = openKeyAttestor(signer);
      const bundle = attestations[0]?.digest ?? digestOf("");
      for (const victim of [image.digest, image.platforms["linux/arm64"], bundle]) {
        const reference = `${host}/acme/img@${image.digest}`;
        await flipIn(storage, victim);
        await assert.rejects(
          verifyWith(ports, { reference, policy }, attestor),
          codeIs("REGISTRY_CONTENT_CHANGED", new RegExp(victim)),
        );
        await flipIn(storage, victim);
        await verifyWith(ports, { reference, policy }, attestor);
      }
    });
  });
});

/** Changes the file that a directory registry keeps under a digest. */
async function flipIn(storage: string, digest: string): Promise<void> {
  const files = await readdir(storage, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of files) {
    if (decodeURIComponent(name) !== digest || /(?:types|referrers.*)$/.test(parentPath)) continue;
    const path = join(parentPath, name);
    if ((await readFile(path)).length > 0) await flip(path);
  }
}

describe("verifying", () => {
  test("says which check failed, what it expected and what it found", async () => {
    await withRegistry({}, async (host) => {
      await publishTo(host);
      const reference = `${host}/acme/img:latest`;
      const attestor = openKeyAttestor(signer);
      const verify = (more: object): Promise<unknown> =>
        verifyWith(ports, { reference, policy: { ...policy, ...more } }, attestor);
      await assert.rejects(
        verify({ certificateIdentity: "someone@example.org" }),
        codeIs(
          "PUBLISH_POLICY",
          /provenance of the image .* expected the signer to be someone@example.org, found https:\/\/github.com\/acme/,
        ),
      );
      await assert.rejects(
        verify({ certificateOidcIssuer: "https://other.example" }),
        codeIs("PUBLISH_POLICY", /expected the issuer/),
      );
      await assert.rejects(
        verify({ sourceRepository: "acme/other" }),
        codeIs(
          "PUBLISH_POLICY",
          /expected the source repository to be https:\/\/github.com\/acme\/other, found https:\/\/github.com\/acme\/factory/,
        ),
      );
      await assert.rejects(
        verify({ require: ["cyclonedx"] }),
        codeIs("PUBLISH_UNATTESTED", /cyclonedx of linux\/amd64 .*found only/),
      );
      await verify({ sourceRepository: "acme/factory" });
    });
  });

  test("finds an image that was published without attestations, and says so", async () => {
    await withRegistry({}, async (host) => {
      await publishTo(host, { attest: [], sign: "none" });
      const refused = verifyWith(ports, { reference: `${host}/acme/img:latest`, policy }, openKeyAttestor(signer));
      await assert.rejects(refused, codeIs("PUBLISH_UNATTESTED", /found none at all/));
    });
  });

  test("does not take a statement about another image for one about this", async () => {
    const second = await writeSyntheticLayout(await mkdtemp(join(directory, "replay-")), "replayed");
    await withRegistry({}, async (host) => {
      await publishTo(host);
      await publishTo(host, { layout: second.layout, references: [`${host}/acme/img:second`], attest: [] });
      const client = openRegistry(ports, parseReference(`${host}/acme/img`));
      const { referrerFor } = await import("./bundles.ts");
      const [from, to] = [image.platforms["linux/amd64"], second.platforms["linux/amd64"]];
      for (const { bytes, predicateHint } of await fetchBundles(client, from, ports.log)) {
        const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: to, size: 1 };
        await client.attachReferrers(to, [referrerFor(subject, predicateHint ?? "", bytes)]);
      }
      const refused = verifyWith(
        ports,
        { reference: `${host}/acme/img:second`, policy: { ...policy, require: ["spdx"] } },
        openKeyAttestor(signer),
      );
      await assert.rejects(
        refused,
        codeIs("PUBLISH_POLICY", new RegExp(`expected it to be about ${to}, found ${from}`)),
      );
    });
  });

  test("refuses a reference with nothing behind it", async () => {
    await withRegistry({}, async (host) => {
      const absent = verifyWith(ports, { reference: `${host}/acme/absent:v1`, policy }, openKeyAttestor(signer));
      await assert.rejects(absent, codeIs("PUBLISH_IMAGE_MISSING"));
    });
  });

  test("wants a policy that does not accept everybody", async () => {
    const anybody = { certificateOidcIssuer: policy.certificateOidcIssuer, require: policy.require };
    const reference = "127.0.0.1:1/acme/img";
    await assert.rejects(
      verifyWith(ports, { reference, policy: anybody }, openKeyAttestor(signer)),
      codeIs("PUBLISH_OPTIONS"),
    );
  });
});

describe("a dry run", () => {
  test("says what would be done and sends nothing", async () => {
    await withRegistry({}, async (host, served) => {
      const attestor = openKeyAttestor(signer);
      const planned = await publishTo(host, { dryRun: true }, attestor);
      assert.equal(planned.digest, image.digest);
      assert.equal(planned.attestations.length, 5);
      assert.deepEqual(planned.tags, [`${host}/acme/img:latest`]);
      assert.equal(attestor.signatures(), 0);
      assert.deepEqual(served, []);
    });
  });
});

describe("another implementation", async () => {
  const skip = (await pathExists("/usr/bin/skopeo")) ? false : "needs the Debian package skopeo";

  test("copies the image with all platforms out of our registry, byte for byte", { skip }, async () => {
    await withRegistry({}, async (host) => {
      await publishTo(host);
      const copy = await mkdtemp(join(directory, "skopeo-"));
      const source = `docker://${host}/acme/img:latest`;
      const run = promisify(execFile);
      const raw = await run("skopeo", ["inspect", "--raw", "--tls-verify=false", source], { encoding: "buffer" });
      assert.equal(digestOf(raw.stdout), image.digest);
      await run("skopeo", [
        "copy",
        "--all",
        "--src-tls-verify=false",
        "--insecure-policy",
        source,
        `oci:${copy}:latest`,
      ]);
      for (const digest of image.blobs) {
        assert.equal(digestOf(await readFile(join(copy, "blobs", "sha256", hexOf(digest)))), digest);
      }
    });
  });
});

describe("secrets", () => {
  test("are in no error and in no line of the log", async () => {
    const password = "hunter2-hunter2";
    const docker = await mkdtemp(join(directory, "docker-"));
    await withRegistry({ auth: { kind: "bearer", username: "user", password } }, async (host) => {
      const auth = Buffer.from(`user:${password}`).toString("base64");
      await writeFile(join(docker, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
      const own = await openTestPorts(directory, { DOCKER_CONFIG: docker });
      await publishWith(own, optionsFor(host), () => Promise.resolve(openKeyAttestor(signer)));
      await writeFile(
        join(docker, "config.json"),
        JSON.stringify({ auths: { [host]: { auth: Buffer.from("user:wrong-wrong").toString("base64") } } }),
      );
      const refused = await publishWith(own, optionsFor(host), () => Promise.resolve(openKeyAttestor(signer))).catch(
        (error: unknown) => error,
      );
      assert.ok(isEngineError(refused) && refused.code === "REGISTRY_DENIED");
      const everything = [
        ...own.lines,
        refused.message,
        refused.stack,
        JSON.stringify(refused.context),
        refused.hint,
      ].join("\n");
      for (const secret of [password, "wrong-wrong", auth, Buffer.from("user:wrong-wrong").toString("base64")]) {
        assert.equal(everything.includes(secret), false);
      }
      assert.doesNotMatch(everything, /Bearer [A-Za-z0-9_-]{20}/);
    });
  });
});
