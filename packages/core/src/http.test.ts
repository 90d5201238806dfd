import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { requireStatus, type HttpClient } from "./http.ts";
import { createHttpClient } from "./http-client.ts";
import { offlineHttpClient } from "./http-offline.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(t: TestContext, handler: Handler): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

function client(t: TestContext): HttpClient {
  const http = createHttpClient({ random: () => 0.001 });
  t.after(() => {
    http.close();
  });
  return http;
}

test("a body comes back whole, and over its limit it is refused", async (t) => {
  const url = await serve(t, (_, response) => response.end("x".repeat(1000)));
  const http = client(t);
  assert.equal((await (await http.request(url)).bytes(1000)).length, 1000);
  await assert.rejects(async () => (await http.request(url)).bytes(999), { code: "LIMIT_EXCEEDED" });
});

test("a server that is busy twice is asked a third time", async (t) => {
  let calls = 0;
  const url = await serve(t, (_, response) => {
    calls += 1;
    response.writeHead(calls < 3 ? 503 : 200).end();
  });
  assert.equal((await client(t).request(url)).status, 200);
  assert.equal(calls, 3);
});

test("Retry-After is honoured", async (t) => {
  let calls = 0;
  const url = await serve(t, (_, response) => {
    calls += 1;
    if (calls === 1) response.writeHead(429, { "retry-after": "1" }).end();
    else response.end("ok");
  });
  const began = Date.now();
  await client(t).request(url);
  assert.ok(Date.now() - began >= 990);
});

test("a budget of zero means one attempt", async (t) => {
  let calls = 0;
  const url = await serve(t, (_, response) => {
    calls += 1;
    response.writeHead(500).end();
  });
  assert.equal((await client(t).request(url, { retryBudgetMs: 0 })).status, 500);
  assert.equal(calls, 1);
});

test("credentials do not follow a redirect to another origin", async (t) => {
  let seen: string | undefined = "not asked";
  const other = await serve(t, (request, response) => {
    seen = request.headers.authorization;
    response.end();
  });
  const url = await serve(t, (_, response) => response.writeHead(307, { location: `${other}/there` }).end());
  await client(t).request(url, { headers: { Authorization: "Bearer secret" } });
  assert.equal(seen, undefined);
});

test("credentials follow a redirect within one origin", async (t) => {
  let seen: string | undefined;
  const url = await serve(t, (request, response) => {
    if (request.url === "/a") response.writeHead(302, { location: "/b" }).end();
    else {
      seen = request.headers.authorization;
      response.end();
    }
  });
  await client(t).request(`${url}/a`, { headers: { authorization: "Bearer secret" } });
  assert.equal(seen, "Bearer secret");
});

test("a redirect loop ends with an error", async (t) => {
  const url = await serve(t, (_, response) => response.writeHead(302, { location: "/" }).end());
  await assert.rejects(client(t).request(url), { code: "HTTP_REDIRECT" });
});

test("a connection cut in the middle of a body is an error, not a short body", async (t) => {
  const url = await serve(t, (_, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("half");
    setTimeout(() => {
      response.destroy();
    }, 10);
  });
  const response = await client(t).request(url);
  await assert.rejects(response.bytes(10_000), { code: "HTTP_TRUNCATED" });
});

test("silence ends with a timeout", async (t) => {
  const url = await serve(t, () => undefined);
  await assert.rejects(client(t).request(url, { idleTimeoutMs: 50, retryBudgetMs: 0 }), { code: "HTTP_TIMEOUT" });
});

test("a streamed body is opened anew for each attempt", async (t) => {
  const bodies: string[] = [];
  const url = await serve(t, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(bodies.length === 1 ? 502 : 201).end();
    });
  });
  const open = async function* (): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from("ab"));
    yield Buffer.from("cd");
  };
  const response = await client(t).request(url, { method: "PUT", body: { sizeBytes: 4, open } });
  assert.equal(response.status, 201);
  assert.deepEqual(bodies, ["abcd", "abcd"]);
});

test("an address that nobody listens on, and one that is no address, are named", async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(client(t).request(`http://127.0.0.1:${String(port)}/x`), {
    code: "HTTP_UNREACHABLE",
    kind: "remote",
  });
  await assert.rejects(client(t).request("ftp://host/x"), { code: "HTTP_BAD_URL" });
});

test("requests go through the proxy of the environment, except to hosts of NO_PROXY", async (t) => {
  let proxied: string | undefined;
  const proxy = await serve(t, (request, response) => {
    proxied = request.url;
    response.end("from the proxy");
  });
  const direct = await serve(t, (_, response) => response.end("direct"));
  const through = createHttpClient({ env: { HTTP_PROXY: proxy } });
  const around = createHttpClient({ env: { HTTP_PROXY: proxy, NO_PROXY: "127.0.0.1" } });
  t.after(() => {
    through.close();
    around.close();
  });
  assert.equal((await (await through.request(`${direct}/x`)).bytes(100)).toString(), "from the proxy");
  assert.equal(proxied, `${direct}/x`);
  assert.equal((await (await around.request(`${direct}/x`)).bytes(100)).toString(), "direct");
});

test("a status that was not asked for is an error with the place", async (t) => {
  const url = await serve(t, (_, response) => response.writeHead(404).end());
  const response = await client(t).request(url);
  await assert.rejects(requireStatus(response, "reading it", 200), {
    code: "HTTP_STATUS",
    message: /reading it: the server answered 404/,
  });
});

test("an aborted request says that it was cancelled", async (t) => {
  const url = await serve(t, () => undefined);
  const stop = new AbortController();
  setTimeout(() => {
    stop.abort();
  }, 20);
  await assert.rejects(client(t).request(url, { signal: stop.signal }), { code: "CANCELLED" });
});

test("connections are kept and used again; one that the server closed meanwhile costs no attempt", async (t) => {
  let connections = 0;
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    if (calls === 6) request.socket.destroy();
    else response.end("ok");
  });
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const http = client(t);
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  for (let count = 0; count < 8; count += 1) {
    assert.equal((await (await http.request(url, { retryBudgetMs: 0 })).bytes(9)).toString(), "ok");
  }
  assert.deepEqual([connections, calls], [2, 9]);
});

test("who may see a request is asked anew for every address that it goes to", async (t) => {
  const seen: (string | undefined)[] = [];
  const other = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
  const url = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(307, { location: `${other}/there` }).end();
  });
  await client(t).request(url, { authorize: ({ origin }) => (origin === other ? "Bearer other" : "Bearer first") });
  await client(t).request(url, { authorize: ({ origin }) => (origin === other ? undefined : "Bearer first") });
  assert.deepEqual(seen, ["Bearer first", "Bearer other", "Bearer first", undefined]);
});

test("an offline client refuses everything, without the secrets of an address", async () => {
  await assert.rejects(offlineHttpClient.request("https://me:s3cr3t@host.test/x?t=s3cr3t"), (error: Error) => {
    assert.match(error.message, /^GET https:\/\/host\.test\/x:/);
    return "code" in error && error.code === "HTTP_OFFLINE";
  });
});
