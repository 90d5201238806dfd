import assert from "node:assert/strict";
import { createHash } from "node:crypto";

/**
 * What the OCI distribution specification 1.1 asks of a registry, as black-box cases over plain HTTP. They run against
 * our registry and against a real one, so that the fake cannot drift from the thing it stands for.
 */

/** What a registry may leave out. A case that needs more than a registry has is skipped there, by name. */
export type Capability =
  | "referrers"
  | "oci-subject"
  | "post-with-digest"
  | "ordered-chunks"
  | "if-match"
  | "tag-pages"
  | "tag-parameter"
  | "tag-delete"
  | "sha512";

export interface RegistryCase {
  readonly name: string;
  readonly needs?: Capability;
  readonly run: (registry: RegistryUnderTest) => Promise<void>;
}

/** One registry and a repository name that nothing else uses. */
export interface RegistryUnderTest {
  readonly url: string;
  readonly repository: string;
}

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";
const emptyConfig = Buffer.from("{}");

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function send(
  { url }: RegistryUnderTest,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: Uint8Array<ArrayBuffer> } = {},
): Promise<Sent> {
  const response = await fetch(new URL(path, url), {
    method,
    headers,
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

function expectStatus(sent: Sent, ...allowed: number[]): Sent {
  assert.ok(
    allowed.includes(sent.status),
    `expected ${allowed.join(" or ")}, found ${String(sent.status)}: ${sent.body.toString()}`,
  );
  return sent;
}

function errorCodes({ body }: Sent): string[] {
  return (JSON.parse(body.toString()) as { errors: { code: string }[] }).errors.map(({ code }) => code);
}

async function openUpload(registry: RegistryUnderTest, repository = registry.repository): Promise<string> {
  const opened = expectStatus(await send(registry, "POST", `/v2/${repository}/blobs/uploads/`), 202);
  return opened.headers.get("location") ?? assert.fail("no Location");
}

const withDigest = (location: string, digest: string): string =>
  `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;

async function pushBlob(
  registry: RegistryUnderTest,
  bytes: Buffer<ArrayBuffer>,
  repository = registry.repository,
): Promise<string> {
  const digest = sha256(bytes);
  const location = await openUpload(registry, repository);
  const headers = { "content-type": "application/octet-stream" };
  expectStatus(await send(registry, "PUT", withDigest(location, digest), { headers, body: bytes }), 201);
  return digest;
}

interface Subject {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Bytes of an image manifest whose blobs have been pushed. */
async function makeManifest(
  registry: RegistryUnderTest,
  layer: string,
  more: Record<string, unknown> = {},
): Promise<Buffer<ArrayBuffer>> {
  const layerBytes = Buffer.from(layer);
  const config = {
    mediaType: "application/vnd.oci.empty.v1+json",
    digest: await pushBlob(registry, emptyConfig),
    size: 2,
  };
  const layers = [
    { mediaType: "application/octet-stream", digest: await pushBlob(registry, layerBytes), size: layerBytes.length },
  ];
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers, ...more }));
}

function putManifest(
  registry: RegistryUnderTest,
  reference: string,
  body: Buffer<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Sent> {
  return send(registry, "PUT", `/v2/${registry.repository}/manifests/${reference}`, {
    headers: { "content-type": (JSON.parse(body.toString()) as { mediaType: string }).mediaType, ...headers },
    body,
  });
}

async function pushReferrer(
  registry: RegistryUnderTest,
  subject: Subject,
  artifactType: string,
): Promise<Sent & { digest: string }> {
  const annotations = { "org.example.kind": artifactType };
  const bytes = await makeManifest(registry, `${artifactType} of ${subject.digest}`, {
    artifactType,
    subject,
    annotations,
  });
  const digest = sha256(bytes);
  return { ...expectStatus(await putManifest(registry, digest, bytes), 201), digest };
}

function listReferrers(registry: RegistryUnderTest, subject: string, query = ""): Promise<Sent> {
  return send(registry, "GET", `/v2/${registry.repository}/referrers/${subject}${query}`);
}

const descriptorsIn = ({ body }: Sent): Record<string, unknown>[] =>
  (JSON.parse(body.toString()) as { manifests: Record<string, unknown>[] }).manifests;

export const registryCases: readonly RegistryCase[] = [
  {
    name: "answers 200 at /v2/",
    run: async (registry) => {
      expectStatus(await send(registry, "GET", "/v2/"), 200);
    },
  },
  {
    name: "keeps a blob that is sent with POST and PUT, and serves it to HEAD and GET",
    run: async (registry) => {
      const bytes = Buffer.from("a blob");
      const digest = await pushBlob(registry, bytes);
      const path = `/v2/${registry.repository}/blobs/${digest}`;
      const head = expectStatus(await send(registry, "HEAD", path), 200);
      assert.equal(head.headers.get("content-length"), "6");
      assert.equal(head.headers.get("docker-content-digest"), digest);
      assert.deepEqual(expectStatus(await send(registry, "GET", path), 200).body, bytes);
    },
  },
  {
    name: "serves a range of a blob with 206",
    run: async (registry) => {
      const digest = await pushBlob(registry, Buffer.from("0123456789"));
      const headers = { range: "bytes=2-4" };
      const part = expectStatus(
        await send(registry, "GET", `/v2/${registry.repository}/blobs/${digest}`, { headers }),
        206,
      );
      assert.equal(part.body.toString(), "234");
      assert.equal(part.headers.get("content-range"), "bytes 2-4/10");
    },
  },
  {
    name: "answers 404 for a blob that it does not have",
    run: async (registry) => {
      await pushBlob(registry, Buffer.from("something"));
      const path = `/v2/${registry.repository}/blobs/${sha256(Buffer.from("absent"))}`;
      expectStatus(await send(registry, "HEAD", path), 404);
      assert.deepEqual(errorCodes(expectStatus(await send(registry, "GET", path), 404)), ["BLOB_UNKNOWN"]);
    },
  },
  {
    name: "keeps an empty blob",
    run: async (registry) => {
      const digest = await pushBlob(registry, Buffer.alloc(0));
      const head = expectStatus(await send(registry, "HEAD", `/v2/${registry.repository}/blobs/${digest}`), 200);
      assert.equal(head.headers.get("content-length"), "0");
    },
  },
  {
    name: "refuses content that does not have the digest of the PUT, and keeps nothing of it",
    run: async (registry) => {
      const digest = sha256(Buffer.from("what was promised"));
      const body = Buffer.from("what came");
      const sent = await send(registry, "PUT", withDigest(await openUpload(registry), digest), { body });
      assert.deepEqual(errorCodes(expectStatus(sent, 400)), ["DIGEST_INVALID"]);
      expectStatus(await send(registry, "HEAD", `/v2/${registry.repository}/blobs/${digest}`), 404);
    },
  },
  {
    name: "takes chunks in order and closes them with an empty PUT",
    run: async (registry) => {
      const digest = sha256(Buffer.from("firstsecond"));
      const headers = { "content-type": "application/octet-stream" };
      let location = await openUpload(registry);
      let chunk = await send(registry, "PATCH", location, {
        headers: { ...headers, "content-range": "0-4" },
        body: Buffer.from("first"),
      });
      assert.equal(expectStatus(chunk, 202).headers.get("range"), "0-4");
      location = chunk.headers.get("location") ?? assert.fail("no Location");
      chunk = await send(registry, "PATCH", location, {
        headers: { ...headers, "content-range": "5-10" },
        body: Buffer.from("second"),
      });
      assert.equal(expectStatus(chunk, 202).headers.get("range"), "0-10");
      location = chunk.headers.get("location") ?? assert.fail("no Location");
      expectStatus(await send(registry, "PUT", withDigest(location, digest)), 201);
      const read = await send(registry, "GET", `/v2/${registry.repository}/blobs/${digest}`);
      assert.equal(read.body.toString(), "firstsecond");
    },
  },
  {
    name: "tells the progress of an upload",
    run: async (registry) => {
      const location = await openUpload(registry);
      const headers = { "content-type": "application/octet-stream", "content-range": "0-3" };
      const chunk = expectStatus(await send(registry, "PATCH", location, { headers, body: Buffer.from("four") }), 202);
      const status = await send(registry, "GET", chunk.headers.get("location") ?? location);
      assert.equal(expectStatus(status, 204).headers.get("range"), "0-3");
    },
  },
  {
    name: "refuses a chunk out of order with 416",
    needs: "ordered-chunks",
    run: async (registry) => {
      const headers = { "content-type": "application/octet-stream", "content-range": "5-9" };
      expectStatus(
        await send(registry, "PATCH", await openUpload(registry), { headers, body: Buffer.from("later") }),
        416,
      );
    },
  },
  {
    name: "forgets an upload that is cancelled",
    run: async (registry) => {
      const location = await openUpload(registry);
      expectStatus(await send(registry, "DELETE", location), 204);
      expectStatus(await send(registry, "GET", location), 404);
    },
  },
  {
    name: "takes a whole blob in one POST",
    needs: "post-with-digest",
    run: async (registry) => {
      const body = Buffer.from("in one go");
      const path = `/v2/${registry.repository}/blobs/uploads/?digest=${sha256(body)}`;
      expectStatus(await send(registry, "POST", path, { body }), 201);
      expectStatus(await send(registry, "HEAD", `/v2/${registry.repository}/blobs/${sha256(body)}`), 200);
    },
  },
  {
    name: "mounts a blob of another repository",
    run: async (registry) => {
      const from = `${registry.repository}-origin`;
      const digest = await pushBlob(registry, Buffer.from("to be mounted"), from);
      const query = `mount=${digest}&from=${encodeURIComponent(from)}`;
      expectStatus(await send(registry, "POST", `/v2/${registry.repository}/blobs/uploads/?${query}`), 201);
      expectStatus(await send(registry, "HEAD", `/v2/${registry.repository}/blobs/${digest}`), 200);
    },
  },
  {
    name: "answers a mount of what is not there with an upload session",
    run: async (registry) => {
      const query = `mount=${sha256(Buffer.from("nowhere"))}&from=${registry.repository}-nobody`;
      const sent = expectStatus(
        await send(registry, "POST", `/v2/${registry.repository}/blobs/uploads/?${query}`),
        202,
      );
      assert.ok(sent.headers.has("location"));
    },
  },
  {
    name: "does not show a blob of another repository",
    run: async (registry) => {
      await pushBlob(registry, Buffer.from("here"));
      const digest = await pushBlob(registry, Buffer.from("only there"), `${registry.repository}-other`);
      expectStatus(await send(registry, "HEAD", `/v2/${registry.repository}/blobs/${digest}`), 404);
    },
  },
  {
    name: "deletes a blob",
    run: async (registry) => {
      const digest = await pushBlob(registry, Buffer.from("to be deleted"));
      expectStatus(await send(registry, "DELETE", `/v2/${registry.repository}/blobs/${digest}`), 202);
      expectStatus(await send(registry, "HEAD", `/v2/${registry.repository}/blobs/${digest}`), 404);
    },
  },
  {
    name: "keeps a blob under its sha512 digest",
    needs: "sha512",
    run: async (registry) => {
      const body = Buffer.from("long digest");
      const digest = `sha512:${createHash("sha512").update(body).digest("hex")}`;
      expectStatus(await send(registry, "PUT", withDigest(await openUpload(registry), digest), { body }), 201);
      expectStatus(await send(registry, "HEAD", `/v2/${registry.repository}/blobs/${digest}`), 200);
    },
  },
  {
    name: "serves a manifest, byte for byte, by digest and by tag",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      const digest = sha256(bytes);
      assert.equal(
        expectStatus(await putManifest(registry, digest, bytes), 201).headers.get("docker-content-digest"),
        digest,
      );
      expectStatus(await putManifest(registry, "v1", bytes), 201);
      for (const reference of [digest, "v1"]) {
        const read = await send(registry, "GET", `/v2/${registry.repository}/manifests/${reference}`, {
          headers: { accept: manifestType },
        });
        assert.deepEqual(expectStatus(read, 200).body, bytes);
        assert.equal(read.headers.get("content-type"), manifestType);
        assert.equal(read.headers.get("docker-content-digest"), digest);
      }
    },
  },
  {
    name: "answers HEAD for a manifest with its length and no body",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      await putManifest(registry, "v1", bytes);
      const head = await send(registry, "HEAD", `/v2/${registry.repository}/manifests/v1`, {
        headers: { accept: manifestType },
      });
      assert.equal(expectStatus(head, 200).headers.get("content-length"), String(bytes.length));
      assert.equal(head.body.length, 0);
    },
  },
  {
    name: "keeps an index of manifests that it has",
    run: async (registry) => {
      const manifest = await makeManifest(registry, "layer");
      await putManifest(registry, sha256(manifest), manifest);
      const manifests = [
        {
          mediaType: manifestType,
          digest: sha256(manifest),
          size: manifest.length,
          platform: { architecture: "amd64", os: "linux" },
        },
      ];
      const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
      expectStatus(await putManifest(registry, "all", index), 201);
      const read = await send(registry, "GET", `/v2/${registry.repository}/manifests/all`, {
        headers: { accept: indexType },
      });
      assert.deepEqual(expectStatus(read, 200).body, index);
    },
  },
  {
    name: "refuses a manifest whose blob it does not have",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      const absent = sha256(Buffer.from("absent layer"));
      const broken = Buffer.from(bytes.toString().replace(sha256(Buffer.from("layer")), absent));
      const sent = expectStatus(await putManifest(registry, "v1", broken), 400, 404);
      assert.deepEqual(errorCodes(sent), ["MANIFEST_BLOB_UNKNOWN"]);
    },
  },
  {
    name: "refuses a manifest under another digest than its own",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      const sent = expectStatus(await putManifest(registry, sha256(Buffer.from("another")), bytes), 400);
      assert.deepEqual(errorCodes(sent), ["DIGEST_INVALID"]);
    },
  },
  {
    name: "refuses a manifest of more than 4 MiB",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer", {
        annotations: { "org.example.long": "x".repeat(4 * 1024 * 1024) },
      });
      expectStatus(await putManifest(registry, "v1", bytes), 400, 413);
    },
  },
  {
    name: "answers 404 for a manifest and for the referrers path's tag that it does not have",
    run: async (registry) => {
      await pushBlob(registry, Buffer.from("so that the repository is there"));
      const sent = await send(registry, "GET", `/v2/${registry.repository}/manifests/absent`);
      assert.deepEqual(errorCodes(expectStatus(sent, 404)), ["MANIFEST_UNKNOWN"]);
    },
  },
  {
    name: "moves a tag",
    run: async (registry) => {
      const first = await makeManifest(registry, "first");
      const second = await makeManifest(registry, "second");
      await putManifest(registry, "latest", first);
      await putManifest(registry, "latest", second);
      const read = await send(registry, "GET", `/v2/${registry.repository}/manifests/latest`, {
        headers: { accept: manifestType },
      });
      assert.deepEqual(read.body, second);
    },
  },
  {
    name: "lists tags",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      for (const tag of ["c", "a", "b"]) await putManifest(registry, tag, bytes);
      const all = expectStatus(await send(registry, "GET", `/v2/${registry.repository}/tags/list`), 200);
      assert.deepEqual((JSON.parse(all.body.toString()) as { tags: string[] }).tags.sort(), ["a", "b", "c"]);
    },
  },
  {
    name: "lists tags in order, a page at a time",
    needs: "tag-pages",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      for (const tag of ["c", "a", "b"]) await putManifest(registry, tag, bytes);
      const page = expectStatus(await send(registry, "GET", `/v2/${registry.repository}/tags/list?n=2&last=a`), 200);
      assert.deepEqual((JSON.parse(page.body.toString()) as { tags: string[] }).tags, ["b", "c"]);
    },
  },
  {
    name: "deletes a manifest together with its tags",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      await putManifest(registry, "gone", bytes);
      expectStatus(await send(registry, "DELETE", `/v2/${registry.repository}/manifests/${sha256(bytes)}`), 202);
      expectStatus(
        await send(registry, "GET", `/v2/${registry.repository}/manifests/gone`, { headers: { accept: manifestType } }),
        404,
      );
    },
  },
  {
    name: "deletes a tag and keeps the manifest",
    needs: "tag-delete",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      await putManifest(registry, "v1", bytes);
      expectStatus(await send(registry, "DELETE", `/v2/${registry.repository}/manifests/v1`), 202);
      expectStatus(
        await send(registry, "GET", `/v2/${registry.repository}/manifests/${sha256(bytes)}`, {
          headers: { accept: manifestType },
        }),
        200,
      );
    },
  },
  {
    name: "sets the tags of the tag parameter",
    needs: "tag-parameter",
    run: async (registry) => {
      const bytes = await makeManifest(registry, "layer");
      const sent = expectStatus(await putManifest(registry, `${sha256(bytes)}?tag=x&tag=y`, bytes), 201);
      assert.ok(sent.headers.has("oci-tag"));
      for (const tag of ["x", "y"])
        expectStatus(await send(registry, "HEAD", `/v2/${registry.repository}/manifests/${tag}`), 200);
    },
  },
  {
    name: "refuses to move a tag that has changed since If-Match",
    needs: "if-match",
    run: async (registry) => {
      await putManifest(registry, "latest", await makeManifest(registry, "first"));
      const second = await makeManifest(registry, "second");
      expectStatus(await putManifest(registry, "latest", second, { "if-match": '"sha256:old"' }), 412);
    },
  },
  {
    name: "keeps a manifest with an artifact type and a subject that is not there",
    run: async (registry) => {
      const subject = { mediaType: manifestType, digest: sha256(Buffer.from("later")), size: 5 };
      await pushReferrer(registry, subject, "application/vnd.example+json");
    },
  },
  {
    name: "names the subject that it has understood",
    needs: "oci-subject",
    run: async (registry) => {
      const subject = { mediaType: manifestType, digest: sha256(Buffer.from("subject")), size: 7 };
      const sent = await pushReferrer(registry, subject, "application/vnd.example+json");
      assert.equal(sent.headers.get("oci-subject"), subject.digest);
    },
  },
  {
    name: "lists referrers with artifact type and annotations, also of an unknown subject",
    needs: "referrers",
    run: async (registry) => {
      const subject = { mediaType: manifestType, digest: sha256(Buffer.from("subject")), size: 7 };
      const { digest } = await pushReferrer(registry, subject, "application/vnd.example+json");
      const listed = expectStatus(await listReferrers(registry, subject.digest), 200);
      assert.equal(listed.headers.get("content-type"), indexType);
      const [one, ...others] = descriptorsIn(listed);
      assert.deepEqual(others, []);
      assert.equal(one?.["digest"], digest);
      assert.equal(one["artifactType"], "application/vnd.example+json");
      assert.deepEqual(one["annotations"], { "org.example.kind": "application/vnd.example+json" });
      assert.deepEqual(
        descriptorsIn(expectStatus(await listReferrers(registry, sha256(Buffer.from("nobody's"))), 200)),
        [],
      );
    },
  },
  {
    name: "filters referrers by artifact type and says so",
    needs: "referrers",
    run: async (registry) => {
      const subject = { mediaType: manifestType, digest: sha256(Buffer.from("subject")), size: 7 };
      await pushReferrer(registry, subject, "application/vnd.a");
      const wanted = await pushReferrer(registry, subject, "application/vnd.b");
      const listed = expectStatus(
        await listReferrers(registry, subject.digest, "?artifactType=application%2Fvnd.b"),
        200,
      );
      if (listed.headers.get("oci-filters-applied") !== null) {
        assert.deepEqual(
          descriptorsIn(listed).map(({ digest }) => digest),
          [wanted.digest],
        );
      }
    },
  },
  {
    name: "no longer lists a referrer that was deleted",
    needs: "referrers",
    run: async (registry) => {
      const subject = { mediaType: manifestType, digest: sha256(Buffer.from("subject")), size: 7 };
      const { digest } = await pushReferrer(registry, subject, "application/vnd.example+json");
      expectStatus(await send(registry, "DELETE", `/v2/${registry.repository}/manifests/${digest}`), 202);
      assert.deepEqual(descriptorsIn(await listReferrers(registry, subject.digest)), []);
    },
  },
];
