import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { digestOf, isEngineError } from "@apkmill/core";
import { fallbackTag, mediaTypes, openRegistry, type ImageManifest, type RegistryClient } from "@apkmill/oci";
import { hasDistributionRegistry, startDistributionRegistry } from "./registry-distribution.ts";
import { startRegistry, type RegistryOptions } from "./registry.ts";
import { blobOf, clientPorts } from "./testing/client-ports.ts";

const empty = Buffer.from("{}");
const emptyDescriptor = { mediaType: mediaTypes.empty, digest: digestOf(empty), size: 2 } as const;

/** Pushes a manifest of one layer and gives its descriptor. */
async function pushImage(client: RegistryClient, text: string): Promise<{ manifest: ImageManifest; bytes: Buffer }> {
  const layer = Buffer.from(text);
  await client.pushBlob(blobOf(layer));
  await client.pushBlob(blobOf(empty));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: emptyDescriptor,
    layers: [{ mediaType: "text/plain", digest: digestOf(layer), size: layer.length }],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  await client.putManifest(bytes, manifest.mediaType);
  return { manifest, bytes };
}

function referrerTo(subject: Buffer, note: string): { manifest: ImageManifest; bytes: Buffer } {
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: "application/vnd.example",
    config: emptyDescriptor,
    layers: [emptyDescriptor],
    subject: { mediaType: mediaTypes.manifest, digest: digestOf(subject), size: subject.length },
    annotations: { "org.example.note": note },
  };
  return { manifest, bytes: Buffer.from(JSON.stringify(manifest)) };
}

const codeIs =
  (code: string) =>
  (error: unknown): boolean =>
    isEngineError(error) && error.code === code;

for (const peer of ["our registry", "our registry without the referrers API", "Debian's docker-registry"]) {
  const real = peer === "Debian's docker-registry";
  const skip = real && !(await hasDistributionRegistry()) ? "needs the Debian package docker-registry" : false;
  describe(`the client with ${peer}`, { skip }, () => {
    let directory = "";
    let registry: { readonly host: string; close(): Promise<void> } | undefined;
    const open = (repository: string): RegistryClient =>
      openRegistry(clientPorts(), { registry: registry?.host ?? "", repository });
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "apkmill-client-"));
      registry = real
        ? await startDistributionRegistry(directory)
        : await startRegistry({ referrersApi: peer === "our registry" });
    });
    after(async () => {
      await registry?.close();
      await rm(directory, { recursive: true, force: true });
    });

    test("uploads a blob once, then finds it, then mounts it elsewhere", async () => {
      const blob = blobOf(Buffer.alloc(300_000, 7));
      assert.equal(await open("acme/one").pushBlob(blob), "uploaded");
      assert.equal(await open("acme/one").pushBlob(blob), "existing");
      assert.equal(await open("acme/two").pushBlob(blob, "acme/one"), "mounted");
      assert.equal(await open("acme/three").pushBlob(blob, "acme/nowhere"), "uploaded");
      assert.deepEqual(await open("acme/two").getBlob(blob.digest, 300_000), Buffer.alloc(300_000, 7));
    });

    test("keeps an empty blob", async () => {
      assert.equal(await open("acme/empty").pushBlob(blobOf(Buffer.alloc(0))), "uploaded");
    });

    test("reads a manifest back by digest and by tag, and nothing where there is none", async () => {
      const client = open("acme/manifests");
      const { bytes } = await pushImage(client, "layer");
      await client.putTag("v1", bytes, mediaTypes.manifest);
      for (const reference of ["v1", digestOf(bytes)]) {
        const served = await client.getManifest(reference);
        assert.deepEqual(served?.bytes, bytes);
        assert.equal(served.mediaType, mediaTypes.manifest);
      }
      assert.equal(await client.getManifest("absent"), undefined);
      assert.deepEqual(await client.listTags(), ["v1"]);
      assert.deepEqual(await open("acme/unknown").listTags(), []);
    });

    test("attaches several manifests to a subject and lists them with type and annotations", async () => {
      const client = open("acme/attached");
      const { bytes } = await pushImage(client, "subject");
      const referrers = ["one", "two"].map((note) => referrerTo(bytes, note));
      const route = await client.attachReferrers(digestOf(bytes), referrers);
      assert.equal(route, peer === "our registry" ? "api" : "fallback-tag");
      const listed = await client.listReferrers(digestOf(bytes));
      assert.deepEqual(listed.map(({ annotations }) => annotations?.["org.example.note"]).sort(), ["one", "two"]);
      assert.ok(listed.every(({ artifactType }) => artifactType === "application/vnd.example"));
      assert.equal(await client.attachReferrers(digestOf(bytes), referrers), route);
      assert.equal((await client.listReferrers(digestOf(bytes))).length, 2);
    });

    test("keeps the referrers of eight writers at once", async () => {
      const { bytes } = await pushImage(open("acme/race"), "subject");
      const notes = Array.from({ length: 8 }, (_, index) => `writer ${String(index)}`);
      await Promise.all(
        notes.map((note) => open("acme/race").attachReferrers(digestOf(bytes), [referrerTo(bytes, note)])),
      );
      const listed = await open("acme/race").listReferrers(digestOf(bytes));
      assert.deepEqual(listed.map(({ annotations }) => annotations?.["org.example.note"]).sort(), notes);
    });

    test("refuses to send a blob whose bytes are not those of its digest, and leaves none behind", async () => {
      const blob = { ...blobOf(Buffer.from("changed!")), digest: digestOf("original") };
      const client = open("acme/changed");
      await assert.rejects(client.pushBlob(blob), codeIs("DIGEST_MISMATCH"));
      assert.equal(await client.hasBlob(blob.digest), false);
    });

    test("refuses to send more bytes than were announced", async () => {
      const blob = { ...blobOf(Buffer.from("12345678"), 2), sizeBytes: 4 };
      await assert.rejects(open("acme/longer").pushBlob(blob), codeIs("DIGEST_MISMATCH"));
    });

    test("refuses a manifest of more than 4 MiB before sending it", async () => {
      const long = Buffer.alloc(4 * 1024 * 1024 + 1, " ");
      await assert.rejects(open("acme/long").putManifest(long, mediaTypes.manifest), codeIs("LIMIT_EXCEEDED"));
    });
  });
}

describe("the fallback tag", () => {
  test("keeps entries and members that this client does not know", async (t) => {
    const registry = await startRegistry({ referrersApi: false });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/foreign" });
    const { bytes, manifest } = await pushImage(client, "subject");
    const foreign = {
      mediaType: manifest.mediaType,
      digest: digestOf(bytes),
      size: bytes.length,
      "x-new-member": [1, 2],
    };
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [foreign], annotations: { by: "them" } };
    await client.putTag(fallbackTag(digestOf(bytes)), Buffer.from(JSON.stringify(index)), mediaTypes.index);
    await client.attachReferrers(digestOf(bytes), [referrerTo(bytes, "ours")]);
    const stored = JSON.parse((await client.getManifest(fallbackTag(digestOf(bytes))))?.bytes.toString() ?? "{}") as {
      manifests: unknown[];
      annotations: unknown;
    };
    assert.deepEqual(stored.manifests[0], foreign);
    assert.equal(stored.manifests.length, 2);
    assert.deepEqual(stored.annotations, { by: "them" });
  });

  test("repairs our entry when another tool left its artifact type and annotations out", async (t) => {
    const registry = await startRegistry({ referrersApi: false });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/repair" });
    const { bytes } = await pushImage(client, "subject");
    const ours = referrerTo(bytes, "ours");
    await client.putManifest(ours.bytes, mediaTypes.manifest);
    const bare = { mediaType: mediaTypes.manifest, digest: digestOf(ours.bytes), size: ours.bytes.length };
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [bare] };
    await client.putTag(fallbackTag(digestOf(bytes)), Buffer.from(JSON.stringify(index)), mediaTypes.index);
    await client.attachReferrers(digestOf(bytes), [ours]);
    const listed = await client.listReferrers(digestOf(bytes));
    assert.deepEqual(
      listed.map(({ annotations }) => annotations),
      [{ "org.example.note": "ours" }],
    );
  });

  test("is refused, and left alone, when something else than an index stands there", async (t) => {
    const registry = await startRegistry({ referrersApi: false });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/occupied" });
    const { bytes } = await pushImage(client, "subject");
    await client.putTag(fallbackTag(digestOf(bytes)), bytes, mediaTypes.manifest);
    const attached = client.attachReferrers(digestOf(bytes), [referrerTo(bytes, "ours")]);
    await assert.rejects(attached, codeIs("REGISTRY_MALFORMED_ANSWER"));
    assert.deepEqual((await client.getManifest(fallbackTag(digestOf(bytes))))?.bytes, bytes);
    assert.deepEqual(await client.listReferrers(digestOf(bytes)), []);
  });

  test("that may not change is reported with what to do", async (t) => {
    const registry = await startRegistry({ referrersApi: false, immutableTags: true });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/immutable" });
    const { bytes } = await pushImage(client, "subject");
    await client.attachReferrers(digestOf(bytes), [referrerTo(bytes, "first")]);
    const second = client.attachReferrers(digestOf(bytes), [referrerTo(bytes, "second")]);
    await assert.rejects(second, codeIs("REGISTRY_REFERRER_LOST"));
  });

  test("is written when the registry claims the subject and then lists nothing", async (t) => {
    const emptyList = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }));
    const registry = await startRegistry({
      fault: ({ path }) =>
        path.includes("/referrers/")
          ? { kind: "answer", answer: { status: 200, headers: { "content-type": mediaTypes.index }, body: emptyList } }
          : undefined,
    });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/claims" });
    const { bytes } = await pushImage(client, "subject");
    assert.equal(await client.attachReferrers(digestOf(bytes), [referrerTo(bytes, "ours")]), "fallback-tag");
    assert.equal((await client.listReferrers(digestOf(bytes))).length, 1);
  });
});

describe("the referrers API", () => {
  test("is read over all its pages", async (t) => {
    const registry = await startRegistry({ referrersPageSize: 2 });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/pages" });
    const { bytes } = await pushImage(client, "subject");
    const referrers = ["a", "b", "c", "d", "e"].map((note) => referrerTo(bytes, note));
    assert.equal(await client.attachReferrers(digestOf(bytes), referrers), "api");
    assert.equal((await client.listReferrers(digestOf(bytes))).length, 5);
  });

  test("that names the same next page for ever comes to an end", async (t) => {
    const link = "</v2/acme/loop/referrers/x?from=1>; rel=next";
    const page = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }));
    const registry = await startRegistry({
      fault: ({ path }) =>
        path.includes("/referrers/")
          ? { kind: "answer", answer: { status: 200, headers: { "content-type": mediaTypes.index, link }, body: page } }
          : undefined,
    });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/loop" });
    assert.deepEqual(await client.listReferrers(digestOf("subject")), []);
  });
});

const password = "correct-horse-battery";

/** A client that finds `user:password` for the registry in a Docker configuration file. */
async function loggedIn(
  t: { after(work: () => Promise<void>): void },
  options: RegistryOptions,
  entry: Record<string, string> = { auth: Buffer.from(`user:${password}`).toString("base64") },
): Promise<{
  client: RegistryClient;
  ports: ReturnType<typeof clientPorts>;
  host: string;
  served: readonly { path: string }[];
}> {
  const registry = await startRegistry(options);
  const directory = await mkdtemp(join(tmpdir(), "apkmill-docker-"));
  t.after(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });
  await writeFile(join(directory, "config.json"), JSON.stringify({ auths: { [registry.host]: entry } }));
  const ports = clientPorts({ DOCKER_CONFIG: directory });
  const client = openRegistry(ports, { registry: registry.host, repository: "acme/private" });
  return { client, ports, host: registry.host, served: registry.served };
}

describe("authentication", () => {
  const bearer = { kind: "bearer", username: "user", password } as const;

  test("shows a password to a registry that asks for Basic", async (t) => {
    const { client } = await loggedIn(t, { auth: { kind: "basic", username: "user", password } });
    assert.equal((await pushImage(client, "private")).bytes.length > 0, true);
  });

  test("gets one token for pulling and one for pushing, and uses them again", async (t) => {
    const { client, served } = await loggedIn(t, { auth: bearer });
    await pushImage(client, "first");
    await pushImage(client, "second");
    assert.equal(served.filter(({ path }) => path === "/token").length, 2);
  });

  test("gets a new token when the old one has ended between two requests", async (t) => {
    const { client } = await loggedIn(t, { auth: { ...bearer, tokenLifetimeSeconds: 0.02 } });
    await pushImage(client, "first");
    await new Promise((resume) => setTimeout(resume, 60));
    await pushImage(client, "second");
  });

  test("starts an upload over when the token is refused during it", async (t) => {
    let refused = 0;
    const { client } = await loggedIn(t, {
      auth: bearer,
      fault: ({ method }) => {
        if (method !== "PUT" || refused > 0) return undefined;
        refused += 1;
        const headers = { "www-authenticate": 'Bearer realm="/token",service="dev-registry",error="invalid_token"' };
        return { kind: "answer", answer: { status: 401, headers } };
      },
    });
    assert.equal(await client.pushBlob(blobOf(Buffer.alloc(5_000_000, 3))), "uploaded");
    assert.equal(refused, 1);
  });

  test("exchanges an identity token", async (t) => {
    const auth = { ...bearer, refreshToken: "refresh-me" };
    const { client } = await loggedIn(t, { auth }, { identitytoken: "refresh-me" });
    await pushImage(client, "identity");
  });

  test("pulls anonymously where that is allowed, and says who may push", async (t) => {
    const { client } = await loggedIn(t, { auth: { ...bearer, anonymousPull: true } }, {});
    assert.equal(await client.hasBlob(digestOf("absent")), false);
    await assert.rejects(client.pushBlob(blobOf(Buffer.from("x"))), codeIs("REGISTRY_DENIED"));
  });

  for (const kind of ["basic", "bearer"] as const) {
    test(`says that ${kind} credentials are wrong without showing them`, async (t) => {
      const wrong = { auth: Buffer.from("user:wrong-secret").toString("base64") };
      const { client, ports } = await loggedIn(t, { auth: { kind, username: "user", password } }, wrong);
      const refused = await client.pushBlob(blobOf(Buffer.from("x"))).catch((error: unknown) => error);
      assert.ok(isEngineError(refused) && refused.code === "REGISTRY_DENIED");
      const everything = `${refused.message}${refused.stack ?? ""}${JSON.stringify(refused.context)}${ports.lines.join()}`;
      assert.doesNotMatch(everything, /wrong-secret|dXNlcjp3cm9uZy1zZWNyZXQ/);
    });
  }

  test("does not send credentials to a realm at another address than a registry may name", async (t) => {
    const answer = (realm: string) =>
      ({
        kind: "answer",
        answer: { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}"` } },
      }) as const;
    for (const realm of [
      "http://169.254.169.254/latest/meta-data",
      "http://registry.example/token",
      "ftp://127.0.0.1/",
    ]) {
      const { client } = await loggedIn(t, { fault: () => answer(realm) });
      await assert.rejects(client.hasBlob(digestOf("x")), codeIs("REGISTRY_UNSAFE_TARGET"));
    }
  });

  test("keeps credentials from the storage that a download is redirected to", async (t) => {
    const bytes = Buffer.from("stored elsewhere");
    const seen: (string | undefined)[] = [];
    const storage = await startRegistry({
      fault: ({ headers }) => {
        seen.push(headers["authorization"]);
        return { kind: "answer", answer: { status: 200, body: bytes } };
      },
    });
    t.after(() => storage.close());
    const { client } = await loggedIn(t, {
      auth: bearer,
      fault: ({ method, path, headers }) =>
        method === "GET" && path.includes("/blobs/") && headers["authorization"] !== undefined
          ? { kind: "answer", answer: { status: 307, headers: { location: `${storage.url}/signed?secret=1` } } }
          : undefined,
    });
    assert.deepEqual(await client.getBlob(digestOf(bytes), 100), bytes);
    assert.deepEqual(seen, [undefined]);
  });
});

describe("a registry in trouble", () => {
  /** Answers the first `times` requests that match with a fault. */
  const failing = (method: string, part: string, times: number, status: number): RegistryOptions["fault"] => {
    let left = times;
    return (exchange) => {
      if (exchange.method !== method || !exchange.path.includes(part) || left === 0) return undefined;
      left -= 1;
      return { kind: "answer", answer: { status, headers: { "retry-after": "0" } } };
    };
  };

  for (const [sentence, fault] of [
    ["is asked again after 503 to an upload", failing("PUT", "/blobs/", 2, 503)],
    ["is asked again after 429 to a manifest", failing("PUT", "/manifests/", 2, 429)],
    ["gets a new session when it has forgotten the old one", failing("PUT", "/blobs/", 1, 404)],
  ] as const) {
    test(sentence, async (t) => {
      const registry = await startRegistry({ fault });
      t.after(() => registry.close());
      await pushImage(openRegistry(clientPorts(), { registry: registry.host, repository: "acme/trouble" }), "layer");
    });
  }

  test("is sent the upload again after it cut the connection", async (t) => {
    let cuts = 2;
    const registry = await startRegistry({
      fault: ({ method }) => (method === "PUT" && cuts-- > 0 ? { kind: "reset", handled: false } : undefined),
    });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/cut" });
    assert.equal(await client.pushBlob(blobOf(Buffer.alloc(2_000_000))), "uploaded");
  });

  test("is given time when it does not know a blob that it has just taken", async (t) => {
    const body = Buffer.from(JSON.stringify({ errors: [{ code: "MANIFEST_BLOB_UNKNOWN" }] }));
    let unknown = 2;
    let repairs = 0;
    const registry = await startRegistry({
      fault: ({ method, path }) =>
        method === "PUT" && path.includes("/manifests/") && unknown-- > 0
          ? { kind: "answer", answer: { status: 400, body } }
          : undefined,
    });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/flake" });
    await client.pushBlob(blobOf(empty));
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: emptyDescriptor, layers: [] };
    const repair = (): Promise<void> => {
      repairs += 1;
      return Promise.resolve();
    };
    await client.putManifest(Buffer.from(JSON.stringify(manifest)), mediaTypes.manifest, { repair });
    assert.equal(repairs, 2);
  });

  test("is quoted by its error codes only", async (t) => {
    const errors = [{ code: "DENIED", message: "token abc.SECRET is not allowed" }, { code: "lower case <b>" }];
    const registry = await startRegistry({
      fault: () => ({ kind: "answer", answer: { status: 403, body: Buffer.from(JSON.stringify({ errors })) } }),
    });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/denied" });
    await assert.rejects(client.getManifest("v1"), (error: unknown) => {
      assert.ok(isEngineError(error) && error.code === "REGISTRY_DENIED");
      assert.equal(error.message, "reading manifest v1 of acme/denied: expected 200, found 403 (DENIED)");
      return true;
    });
  });

  test("may not send an upload to another network's address", async (t) => {
    const registry = await startRegistry({
      fault: ({ method }) =>
        method === "POST"
          ? { kind: "answer", answer: { status: 202, headers: { location: "https://10.0.0.1/upload" } } }
          : undefined,
    });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/astray" });
    await assert.rejects(client.pushBlob(blobOf(Buffer.from("x"))), codeIs("REGISTRY_UNSAFE_TARGET"));
  });

  test("may name an upload location of 20 KB with a query of its own", async (t) => {
    const long = "x".repeat(20_000);
    const seen: string[] = [];
    const registry = await startRegistry({
      fault: ({ method, path, query }) => {
        if (method === "POST") {
          return { kind: "answer", answer: { status: 202, headers: { location: `${path}up?state=${long}` } } };
        }
        if (method !== "PUT") return undefined;
        seen.push(query.get("state") ?? "", query.get("digest") ?? "");
        return { kind: "answer", answer: { status: 201 } };
      },
    });
    t.after(() => registry.close());
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/long" });
    await client.pushBlob(blobOf(Buffer.from("x")));
    assert.deepEqual(seen, [long, digestOf("x")]);
  });
});

describe("changed bytes in a registry's storage", () => {
  test("are refused by name, in blobs and in manifests", async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "apkmill-tampered-"));
    const registry = await startRegistry({ directory });
    t.after(async () => {
      await registry.close();
      await rm(directory, { recursive: true, force: true });
    });
    const client = openRegistry(clientPorts(), { registry: registry.host, repository: "acme/tampered" });
    const { bytes, manifest } = await pushImage(client, "layer");
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    for (const { parentPath, name } of files) {
      const content = await readFile(join(parentPath, name));
      if (content.length > 0 && !parentPath.endsWith("types")) {
        content[0] = (content[0] ?? 0) ^ 1;
        await writeFile(join(parentPath, name), content);
      }
    }
    const layer = manifest.layers[0]?.digest ?? digestOf("");
    await assert.rejects(client.getBlob(layer, 100), (error: unknown) => {
      assert.ok(isEngineError(error) && error.code === "REGISTRY_CONTENT_CHANGED");
      assert.match(error.message, new RegExp(layer));
      return true;
    });
    await assert.rejects(client.getManifest(digestOf(bytes)), codeIs("REGISTRY_CONTENT_CHANGED"));
  });
});
