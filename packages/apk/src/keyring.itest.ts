import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { loadKeyring } from "./keyring.ts";
import { temporaryFolder, testKey, testPorts } from "./testing/packages.ts";

const { publicPem, privatePem } = testKey();

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test("a key at a URL has the name of its file there, and is asked for with what is kept for its host", async (t) => {
  const base = await serve(t, (request, response) => {
    const isAllowed = request.headers.authorization === `Basic ${Buffer.from("me:secret").toString("base64")}`;
    response.writeHead(isAllowed ? 200 : 401).end(publicPem);
  });
  const ports = await testPorts(t, await temporaryFolder(t));
  const url = `${base}/keys/a%40b.rsa.pub?token=x`;
  await assert.rejects(loadKeyring(ports, [url]), { code: "HTTP_STATUS" });
  const env = { HTTP_AUTH: `basic:${new URL(base).host}:me:secret` };
  assert.deepEqual([...(await loadKeyring({ ...ports, env }, [url])).keys.keys()], ["a@b.rsa.pub"]);
});

test("what a server sends in the place of a key is refused: a private key, a page, too much, a name that leaves its folder", async (t) => {
  const ports = await testPorts(t, await temporaryFolder(t));
  const bodies: Record<string, string> = {
    "/a.pub": privatePem,
    "/b.pub": "<html>",
    "/c.pub": "x".repeat(70_000),
    "/..%2F..%2Fetc.pub": publicPem,
  };
  const base = await serve(t, ({ url = "" }, response) => response.end(bodies[url]));
  for (const [path, code] of [
    ["/a.pub", "KEY_FORMAT"],
    ["/b.pub", "KEY_FORMAT"],
    ["/c.pub", "LIMIT_EXCEEDED"],
    ["/..%2F..%2Fetc.pub", "KEY_FORMAT"],
  ] as const) {
    await assert.rejects(loadKeyring(ports, [`${base}${path}`]), { code }, path);
  }
});
