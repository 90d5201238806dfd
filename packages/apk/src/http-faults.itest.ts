import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { createHttpClient, defaultLimits, type HttpTiming, type Limits, type Ports } from "@apkmill/core";
import { fetchPackage } from "./fetch-package.ts";
import { encodeIndex } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import type { IndexRecord } from "./package-info.ts";
import { openRepositories } from "./repositories.ts";
import { temporaryFolder, testEntry, testFile, testKey, testPorts, writeTestPackage } from "./testing/packages.ts";
import {
  chunk,
  drip,
  flood,
  head,
  send,
  sendAndCut,
  startScriptedServer,
  trickle,
  type Act,
} from "./testing/scripted-server.ts";

/**
 * What becomes of a package and of an index when a server misbehaves: the right bytes after so many requests, or a code. Each row is
 * what a real socket does, request by request; the last act is played for every further request.
 */
interface Row {
  readonly name: string;
  readonly acts: readonly Act[];
  /** How many requests it takes, or the code that it ends with. */
  readonly gives: number | string;
  /** The `Range` of the requests that have one, and further headers to look at. */
  readonly ranges?: readonly string[];
  readonly timing?: Partial<HttpTiming>;
  readonly limits?: Partial<Limits>;
  /** Least and most requests where it ends with a code. */
  readonly requests?: readonly [number, number];
}

/** Everything that takes a minute in earnest takes a moment here. */
const quick: Partial<HttpTiming> = {
  idleMs: 500,
  totalMs: 5000,
  minBytesPerSecond: 20_000,
  slowAfterMs: 200,
  retryBudgetMs: 900,
  firstDelayMs: 10,
  maxDelayMs: 40,
};

const signer = testKey();
const { apk, index, record } = await makeFixture();
const half = Math.floor(apk.length / 2);

async function makeFixture(): Promise<{ apk: Buffer; index: Buffer; record: IndexRecord }> {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-faults-"));
  const noise = testFile("usr/noise", randomBytes(150_000).toString("base64"));
  const entries = [{ entry: testEntry({ path: "usr", type: "directory" as const }) }, noise];
  const { path } = await writeTestPackage(folder, { key: signer.key, entries });
  const records = await indexPackages([path], { arch: "x86_64" });
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  assert.ok(records[0] !== undefined);
  return { apk: bytes, index: await encodeIndex(records, { keys: [signer.key] }), record: records[0] };
}

/** A server that has `bytes` and knows its trade. */
const serve =
  (bytes: Uint8Array, { etag = '"1"', ranges = true } = {}): Act =>
  (socket, { headers }) => {
    const range = /^bytes=(\d+)-$/.exec(headers["range"] ?? "");
    const start = Number(range?.[1] ?? "0");
    if (range === null || !ranges || headers["if-range"] !== etag) {
      socket.write(head(200, { etag, "content-length": bytes.length }));
      socket.write(bytes);
    } else if (start >= bytes.length) {
      socket.write(head(416, { "content-range": `bytes */${String(bytes.length)}`, "content-length": 0 }));
    } else {
      const span = `bytes ${String(start)}-${String(bytes.length - 1)}/${String(bytes.length)}`;
      socket.write(head(206, { etag, "content-length": bytes.length - start, "content-range": span }));
      socket.write(bytes.subarray(start));
    }
  };

const promise = (bytes: Uint8Array, headers: Record<string, string | number> = {}): string =>
  head(200, { etag: '"1"', "content-length": bytes.length, ...headers });
const flipped = (bytes: Buffer, at: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};
const wrong = flipped(apk, apk.length - 2000);
const all = serve(apk);
const cutAt = (count: number): Act => sendAndCut(promise(apk), apk.subarray(0, count));
const chunked = head(200, { etag: '"1"', "transfer-encoding": "chunked" });
const drop: Act = (socket) => socket.destroy();

const packageRows: readonly Row[] = [
  { name: "nothing is wrong", acts: [all], gives: 1 },
  // connections that end too early
  { name: "cut before the status line", acts: [drop, all], gives: 2 },
  { name: "cut in the status line", acts: [sendAndCut("HTTP/1.1 20"), all], gives: 2 },
  { name: "cut in the headers", acts: [sendAndCut(promise(apk).slice(0, -9)), all], gives: 2 },
  { name: "cut after the headers", acts: [cutAt(0), all], gives: 2, ranges: [] },
  { name: "cut after the first byte", acts: [cutAt(1), all], gives: 2, ranges: ["bytes=1-"] },
  { name: "cut in the middle", acts: [cutAt(half), all], gives: 2, ranges: [`bytes=${String(half)}-`] },
  {
    name: "cut before the last byte",
    acts: [cutAt(apk.length - 1), all],
    gives: 2,
    ranges: [`bytes=${String(apk.length - 1)}-`],
  },
  {
    name: "cut in the middle, and then in what was missing",
    acts: [
      cutAt(1000),
      sendAndCut(
        head(206, {
          "content-length": apk.length - 1000,
          "content-range": `bytes 1000-${String(apk.length - 1)}/${String(apk.length)}`,
        }),
        apk.subarray(1000, half),
      ),
      drop,
      all,
    ],
    gives: 4,
    ranges: ["bytes=1000-", `bytes=${String(half)}-`, `bytes=${String(half)}-`],
  },
  { name: "cut in a chunk", acts: [sendAndCut(chunked, chunk(apk).subarray(0, half)), all], gives: 2 },
  {
    name: "cut between chunks",
    acts: [sendAndCut(chunked, chunk(apk.subarray(0, half))), all],
    gives: 2,
    ranges: [`bytes=${String(half)}-`],
  },
  {
    name: "cut before the last, empty chunk",
    acts: [sendAndCut(chunked, chunk(apk)), all],
    gives: 2,
    ranges: [`bytes=${String(apk.length)}-`],
  },
  { name: "a broken chunk", acts: [send(chunked, chunk(apk.subarray(0, half)), "no size\r\n"), all], gives: 2 },
  { name: "always cut in the middle", acts: [cutAt(half)], gives: "HTTP_TRUNCATED" },
  { name: "never more than nothing", acts: [drop], gives: "HTTP_UNREACHABLE", requests: [3, 100] },
  // taking it up again
  {
    name: "no validator, so all of it again",
    acts: [sendAndCut(head(200, { "content-length": apk.length }), apk.subarray(0, half)), all],
    gives: 2,
    ranges: [],
  },
  {
    name: "a weak validator, so all of it again",
    acts: [sendAndCut(promise(apk, { etag: 'W/"1"' }), apk.subarray(0, half)), all],
    gives: 2,
    ranges: [],
  },
  {
    name: "a date as validator",
    acts: [
      sendAndCut(
        head(200, {
          "content-length": apk.length,
          date: "Sun, 01 Nov 2026 00:00:10 GMT",
          "last-modified": "Sun, 01 Nov 2026 00:00:00 GMT",
        }),
        apk.subarray(0, half),
      ),
      serve(apk, { etag: "Sun, 01 Nov 2026 00:00:00 GMT" }),
    ],
    gives: 2,
    ranges: [`bytes=${String(half)}-`],
  },
  { name: "the server has no ranges, and the same tag", acts: [cutAt(half), serve(apk, { ranges: false })], gives: 2 },
  {
    name: "other content by now, and the right one",
    acts: [sendAndCut(promise(wrong, { etag: '"0"' }), wrong.subarray(0, -500)), all],
    gives: 3,
  },
  {
    name: "another range than the one asked for",
    acts: [
      cutAt(half),
      send(
        head(206, {
          "content-length": apk.length,
          "content-range": `bytes 0-${String(apk.length - 1)}/${String(apk.length)}`,
        }),
        apk,
      ),
      all,
    ],
    gives: 3,
  },
  { name: "wrong bytes in what was missing", acts: [cutAt(half), serve(wrong), all], gives: 3 },
  {
    name: "gone when it was to be taken up again",
    acts: [cutAt(half), send(head(404, { "content-length": 0 }))],
    gives: "APK_MISSING",
    requests: [3, 3],
  },
  // answers that are no file
  {
    name: "429 with Retry-After",
    acts: [send(head(429, { "retry-after": 1, "content-length": 0 })), all],
    gives: 2,
    timing: { retryBudgetMs: 3000 },
  },
  {
    name: "429 for longer than there is time",
    acts: [send(head(429, { "retry-after": 3600, "content-length": 0 }))],
    gives: "HTTP_STATUS",
    requests: [1, 1],
  },
  {
    name: "503 twice",
    acts: [send(head(503, { "content-length": 4 }), "busy"), send(head(503, { "content-length": 0 })), all],
    gives: 3,
  },
  { name: "500 for ever", acts: [send(head(500, { "content-length": 0 }))], gives: "HTTP_STATUS", requests: [3, 100] },
  {
    name: "500 without end",
    acts: [flood(head(500, { "transfer-encoding": "chunked" }), chunk(Buffer.alloc(9000))), all],
    gives: 2,
  },
  { name: "403", acts: [send(head(403, { "content-length": 0 }))], gives: "HTTP_STATUS", requests: [1, 1] },
  { name: "404", acts: [send(head(404, { "content-length": 2 }), "no")], gives: "APK_MISSING", requests: [1, 1] },
  { name: "304 that nobody asked for", acts: [send(head(304))], gives: "HTTP_STATUS", requests: [1, 1] },
  {
    name: "206 that nobody asked for",
    acts: [send(head(206, { "content-length": apk.length }), apk)],
    gives: "HTTP_STATUS",
    requests: [1, 1],
  },
  { name: "204", acts: [send(head(204))], gives: "HTTP_STATUS" },
  // lengths that lie
  {
    name: "fewer bytes than promised, then silence",
    acts: [send(promise(apk, { "content-length": apk.length + 9 }), apk)],
    gives: "HTTP_TIMEOUT",
  },
  {
    name: "fewer bytes than promised, then the end",
    acts: [sendAndCut(promise(apk, { "content-length": apk.length + 9 }), apk)],
    gives: "HTTP_TRUNCATED",
  },
  {
    name: "more bytes than promised",
    acts: [send(promise(apk, { "content-length": 900 }), apk)],
    gives: "APK_SIZE",
    requests: [2, 2],
  },
  {
    name: "two lengths",
    acts: [send(head(200, { "content-length": 9, "Content-Length": 10 }), apk)],
    gives: "HTTP_MALFORMED",
  },
  {
    name: "a length and chunks",
    acts: [send(head(200, { "content-length": 9, "transfer-encoding": "chunked" }), apk)],
    gives: "HTTP_MALFORMED",
  },
  {
    name: "a short body that ends with the connection",
    acts: [sendAndCut(head(200), apk.subarray(0, half))],
    gives: "APK_SIZE",
    requests: [2, 2],
  },
  { name: "a whole body that ends with the connection", acts: [sendAndCut(head(200), apk)], gives: 1 },
  { name: "an empty body", acts: [send(head(200, { "content-length": 0 }))], gives: "APK_SIZE" },
  {
    name: "a body without end",
    acts: [flood(head(200, { "transfer-encoding": "chunked" }), chunk(Buffer.alloc(60_000, 7)))],
    gives: "APK_FORMAT",
  },
  {
    name: "the package and then no end",
    acts: [flood(Buffer.concat([Buffer.from(head(200)), apk]), Buffer.alloc(9000))],
    gives: "APK_SIZE",
    requests: [2, 2],
  },
  // bytes that are others
  { name: "a wrong byte in the data", acts: [serve(wrong)], gives: "APK_DATA_HASH", requests: [2, 2] },
  { name: "a wrong byte once, from a cache", acts: [serve(wrong), all], gives: 2 },
  {
    name: "a wrong byte in the control section",
    acts: [serve(flipped(apk, 700))],
    gives: "APK_FORMAT",
    requests: [2, 2],
  },
  {
    name: "a page that says hello",
    acts: [send(head(200, { "content-length": 6, "content-type": "text/html" }), "<html>")],
    gives: "APK_FORMAT",
  },
  {
    name: "a gzip file that is called encoded",
    acts: [send(promise(apk, { "content-encoding": "gzip" }), apk)],
    gives: 1,
  },
  { name: "a file that is encoded though nobody asked", acts: [serve(gzipSync(apk))], gives: "APK_SIZE" },
  // time
  { name: "silence before the answer, once", acts: [() => undefined, all], gives: 2 },
  {
    name: "silence in the body, once",
    acts: [send(promise(apk), apk.subarray(0, half)), all],
    gives: 2,
    ranges: [`bytes=${String(half)}-`],
  },
  { name: "silence for ever", acts: [() => undefined], gives: "HTTP_TIMEOUT" },
  { name: "headers that drip", acts: [drip("HTTP/1.1 200 OK\r\n", "x: y\r\n", 20)], gives: "HTTP_TIMEOUT" },
  { name: "interim answers without end", acts: [drip("", head(103), 20)], gives: "HTTP_TIMEOUT" },
  { name: "a body that drips", acts: [trickle(promise(apk), apk, 1, 20)], gives: "HTTP_TIMEOUT" },
  { name: "a body that drips, once", acts: [trickle(promise(apk), apk, 1, 20), all], gives: 2 },
  {
    name: "busy, but never done",
    acts: [trickle(promise(apk), apk, 50, 10)],
    gives: "HTTP_TIMEOUT",
    timing: { totalMs: 200, minBytesPerSecond: 0 },
  },
  // what is no HTTP
  {
    name: "headers without end",
    acts: [flood("HTTP/1.1 200 OK\r\n", `x: ${"y".repeat(1000)}\r\n`)],
    gives: "HTTP_MALFORMED",
    requests: [1, 1],
  },
  {
    name: "a status line that is none",
    acts: [send("SSH-2.0-OpenSSH_9.9\r\n\r\n")],
    gives: "HTTP_MALFORMED",
    requests: [1, 1],
  },
  {
    name: "a header with a line break in it",
    acts: [send("HTTP/1.1 200 OK\r\nx: a\rb: c\r\n\r\n")],
    gives: "HTTP_MALFORMED",
  },
  // redirects
  { name: "a redirect", acts: [send(head(302, { location: "/elsewhere", "content-length": 0 })), all], gives: 2 },
  {
    name: "redirects in a circle",
    acts: [send(head(302, { location: "/again", "content-length": 0 }))],
    gives: "HTTP_REDIRECT",
    requests: [11, 11],
  },
  {
    name: "a redirect to another protocol",
    acts: [send(head(302, { location: "ftp://127.0.0.1/x", "content-length": 0 }))],
    gives: "HTTP_REDIRECT",
  },
  {
    name: "a redirect to nowhere",
    acts: [send(head(302, { location: "http://[", "content-length": 0 }))],
    gives: "HTTP_REDIRECT",
  },
  { name: "a redirect without a place", acts: [send(head(302, { "content-length": 0 }))], gives: "HTTP_STATUS" },
];

const indexRows: readonly Row[] = [
  { name: "nothing is wrong", acts: [serve(index)], gives: 1 },
  {
    name: "cut in the middle",
    acts: [sendAndCut(promise(index), index.subarray(0, 100)), serve(index)],
    gives: 2,
    ranges: ["bytes=100-"],
  },
  {
    name: "cut without a validator",
    acts: [sendAndCut(head(200, { "content-length": index.length }), index.subarray(0, 100)), serve(index)],
    gives: 2,
    ranges: [],
  },
  {
    name: "other content by now",
    acts: [sendAndCut(promise(index, { etag: '"0"' }), index.subarray(0, 9)), serve(index)],
    gives: 3,
  },
  { name: "always cut", acts: [sendAndCut(promise(index), index.subarray(0, 100))], gives: "HTTP_TRUNCATED" },
  { name: "500 for ever", acts: [send(head(500, { "content-length": 0 }))], gives: "HTTP_STATUS" },
  { name: "404", acts: [send(head(404, { "content-length": 0 }))], gives: "INDEX_MISSING", requests: [1, 1] },
  { name: "304 without a copy", acts: [send(head(304))], gives: "HTTP_STATUS", requests: [1, 1] },
  { name: "a page that says hello", acts: [send(head(200, { "content-length": 6 }), "<html>")], gives: "INDEX_FORMAT" },
  { name: "a wrong byte", acts: [serve(flipped(index, index.length - 40))], gives: "INDEX_BAD_SIGNATURE" },
  {
    name: "fewer bytes than there are",
    acts: [send(head(200, { "content-length": index.length - 50 }), index)],
    gives: "INDEX_BAD_SIGNATURE",
  },
  {
    name: "a gzip file that is called encoded",
    acts: [send(promise(index, { "content-encoding": "gzip" }), index)],
    gives: 1,
  },
  {
    name: "a length above the limit",
    acts: [send(head(200, { "content-length": 99_999_999 }), "x")],
    gives: "LIMIT_EXCEEDED",
    limits: { responseBytes: 9_999_999 },
  },
  {
    name: "no end",
    acts: [flood(head(200), Buffer.alloc(60_000))],
    gives: "LIMIT_EXCEEDED",
    limits: { responseBytes: 9_999_999 },
  },
  { name: "a drip", acts: [trickle(promise(index), index, 1, 20)], gives: "HTTP_TIMEOUT" },
];

/** Most rows wait for a clock. */
const atOnce = { concurrency: 8 };

void describe("a package", atOnce, () => {
  for (const row of packageRows) {
    void test(row.name, async (t) => {
      await judge(t, row, async (ports, url) => {
        const repository = { location: url, tag: "", arch: "x86_64", records: [record], signer: undefined };
        const { identity } = await fetchPackage(ports, { record, repository });
        assert.equal(identity, record.checksum);
        assert.deepEqual((await ports.store.verify()).damaged, []);
      });
    });
  }
});

void describe("an index", atOnce, () => {
  for (const row of indexRows) {
    void test(row.name, async (t) => {
      await judge(t, row, async (ports, url) => {
        const [repository] = await openRepositories(ports, {
          locations: [url],
          keyring: signer.keyring,
          arch: "x86_64",
        });
        assert.deepEqual([...(repository?.records ?? [])], [record]);
      });
    });
  }
});

async function judge(t: TestContext, row: Row, work: (ports: Ports, url: string) => Promise<void>): Promise<void> {
  const server = await startScriptedServer(t, row.acts);
  const http = createHttpClient({ timing: { ...quick, ...row.timing } });
  t.after(() => {
    http.close();
  });
  const ports = {
    ...(await testPorts(t, await temporaryFolder(t))),
    http,
    limits: { ...defaultLimits, ...row.limits },
  };
  const ended = work(ports, server.url);
  if (typeof row.gives === "string") await assert.rejects(ended, { code: row.gives });
  else await ended;
  const [least, most] = typeof row.gives === "number" ? [row.gives, row.gives] : (row.requests ?? [1, 100]);
  const count = server.requests.length;
  assert.ok(count >= least && count <= most, `${String(count)} requests, expected ${String(least)} to ${String(most)}`);
  const ranges = server.requests.flatMap(({ headers }) => headers["range"] ?? []);
  if (row.ranges !== undefined) assert.deepEqual(ranges, row.ranges);
}
