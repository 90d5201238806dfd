import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import type { HttpClient, HttpClientOptions } from "./http.ts";
import { createHttpClient } from "./http-client.ts";

/** TLS with an authority of one's own, and proxies: real sockets, real certificates. */
const skip = spawnSync("openssl", ["version"]).error === undefined ? false : "needs openssl";

let folder = "";
let ca = "";
let server: { url: string; close(): void };
const seen: string[] = [];

before(async () => {
  if (skip !== false) return;
  folder = await mkdtemp(join(tmpdir(), "apkmill-tls-"));
  ca = join(folder, "ca.pem");
  makeCertificates(folder);
  const tls = { key: await readFile(join(folder, "key.pem")), cert: await readFile(join(folder, "cert.pem")) };
  server = await listen(
    createHttpsServer(tls, (request, response) => {
      seen.push(`${request.url ?? ""} ${request.headers.authorization ?? "-"}`);
      if (request.url === "/down") response.writeHead(302, { location: "http://127.0.0.1:9/x" }).end();
      else response.end("secret page");
    }),
    "https",
  );
});
after(async () => {
  if (skip !== false) return;
  server.close();
  await rm(folder, { recursive: true });
});

function makeCertificates(at: string): void {
  const openssl = (...args: string[]): unknown => execFileSync("openssl", args, { cwd: at, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "30",
    "-subj",
    "/CN=test authority",
  );
  openssl("req", ...newKey, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost");
  execFileSync("sh", ["-c", "printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > names"], { cwd: at });
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "names"];
  openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", ...signing);
}

async function listen(started: HttpServer | HttpsServer, scheme: string): Promise<{ url: string; close(): void }> {
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return {
    url: `${scheme}://127.0.0.1:${String((started.address() as AddressInfo).port)}`,
    close: () => {
      started.closeAllConnections();
      started.close();
    },
  };
}

function client(t: TestContext, options: HttpClientOptions): HttpClient {
  const http = createHttpClient({ timing: { retryBudgetMs: 0 }, ...options });
  t.after(() => {
    http.close();
  });
  return http;
}

async function page(http: HttpClient, url: string): Promise<string> {
  return (await (await http.request(url)).bytes(1000)).toString();
}

/** A proxy that tunnels and forwards; it may ask for a name and password. */
async function startProxy(t: TestContext, credentials?: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
  const proxy = createHttpServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.end("through the proxy");
  });
  proxy.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url ?? ""}`);
    socket.on("error", () => undefined);
    if (wanted !== undefined && request.headers["proxy-authorization"] !== wanted) {
      socket.end(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
      );
      return;
    }
    // Every name leads here.
    const upstream = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
  });
  const started = await listen(proxy, "http");
  t.after(() => {
    started.close();
  });
  return { url: started.url, asked };
}

void describe("authorities", { skip }, () => {
  void test("a certificate of an unknown authority is refused, with what to do", async (t) => {
    await assert.rejects(page(client(t, {}), server.url), {
      code: "HTTP_UNTRUSTED",
      kind: "remote",
      hint: /--ca-file/,
    });
  });

  void test("an authority is trusted by file, by SSL_CERT_FILE and by a folder", async (t) => {
    const certs = join(folder, "certs");
    await mkdir(certs, { recursive: true });
    await writeFile(join(certs, "ours.pem"), `# ours\n${await readFile(ca, "utf8")}`);
    await writeFile(join(certs, "README"), "not a certificate");
    const rows: HttpClientOptions[] = [
      { caFiles: [ca] },
      { env: { SSL_CERT_FILE: ca } },
      { env: { SSL_CERT_DIR: `${folder}/none-here-yet:${certs}` } },
    ];
    await mkdir(join(folder, "none-here-yet"), { recursive: true });
    for (const options of rows) assert.equal(await page(client(t, options), server.url), "secret page");
  });

  void test("SSL_CERT_FILE takes the place of the usual authorities, a file of the user's adds to them", async (t) => {
    const other = join(folder, "other.pem");
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-out", other, "-subj", "/CN=x"],
      {
        stdio: "pipe",
      },
    );
    await assert.rejects(page(client(t, { env: { SSL_CERT_FILE: other } }), server.url), { code: "HTTP_UNTRUSTED" });
    assert.equal(await page(client(t, { env: { SSL_CERT_FILE: other }, caFiles: [ca] }), server.url), "secret page");
  });

  void test("a file without certificates is named when it is first needed, and plain http needs none", async (t) => {
    const empty = join(folder, "empty.pem");
    await writeFile(empty, "nothing");
    await writeFile(join(folder, "damaged.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for (const path of [empty, join(folder, "damaged.pem"), join(folder, "absent.pem")]) {
      const http = client(t, { caFiles: [path] });
      await assert.rejects(page(http, server.url), { code: "HTTP_CA", context: { path } });
      await assert.rejects(page(http, "http://127.0.0.1:9/"), { code: "HTTP_UNREACHABLE" });
    }
  });

  void test("authorities that come through a pipe are waited for", async (t) => {
    const pipe = join(folder, "authorities");
    execFileSync("mkfifo", [pipe]);
    const asked = page(client(t, { caFiles: [pipe] }), server.url);
    await writeFile(pipe, await readFile(ca));
    assert.equal(await asked, "secret page");
  });

  void test("a file of authorities that has no end is not read to it", async (t) => {
    await assert.rejects(page(client(t, { caFiles: ["/dev/zero"] }), server.url), {
      code: "HTTP_CA",
      message: /limit of 16777216/,
    });
  });

  void test("a certificate for another host is refused", async (t) => {
    const { url } = await startProxy(t);
    const http = client(t, { caFiles: [ca], env: { HTTPS_PROXY: url } });
    assert.equal(await page(http, server.url.replace("127.0.0.1", "localhost")), "secret page");
    await assert.rejects(page(http, server.url.replace("127.0.0.1", "other.test")), { code: "HTTP_UNTRUSTED" });
  });

  void test("nothing leads from https to http", async (t) => {
    await assert.rejects(page(client(t, { caFiles: [ca] }), `${server.url}/down`), { code: "HTTP_REDIRECT" });
  });
});

void describe("proxies", { skip }, () => {
  void test("https goes through a tunnel, encrypted to the server, over one connection", async (t) => {
    const { url, asked } = await startProxy(t);
    for (const name of ["HTTPS_PROXY", "https_proxy"]) {
      const http = client(t, { caFiles: [ca], env: { [name]: url } });
      assert.equal(await page(http, server.url), "secret page");
      assert.equal(await page(http, `${server.url}/again`), "secret page");
    }
    assert.deepEqual(
      asked,
      Array.from({ length: 2 }, () => `CONNECT ${new URL(server.url).host}`),
    );
  });

  void test("credentials for the server pass the proxy inside the tunnel only", async (t) => {
    const { url, asked } = await startProxy(t);
    const http = client(t, { caFiles: [ca], env: { HTTPS_PROXY: url } });
    await (await http.request(`${server.url}/in`, { authorize: () => "Bearer t" })).drain();
    assert.equal(seen.at(-1), "/in Bearer t");
    assert.ok(!asked.join().includes("Bearer"));
  });

  void test("http is asked of the proxy by its whole address; NO_PROXY goes around", async (t) => {
    const { url, asked } = await startProxy(t);
    assert.equal(await page(client(t, { env: { http_proxy: url } }), "http://repo.test/x"), "through the proxy");
    assert.deepEqual(asked, ["GET http://repo.test/x"]);
    const around = client(t, { caFiles: [ca], env: { HTTPS_PROXY: url, no_proxy: "127.0.0.0/8" } });
    assert.equal(await page(around, server.url), "secret page");
    assert.equal(asked.length, 1);
  });

  void test("a proxy's password is shown to the proxy, and never in an error", async (t) => {
    const { url } = await startProxy(t, "me:s3cr3t");
    const at = (userinfo: string): HttpClient =>
      client(t, { caFiles: [ca], env: { HTTPS_PROXY: url.replace("//", `//${userinfo}@`) } });
    assert.equal(await page(at("me:s3cr3t"), server.url), "secret page");
    const error: unknown = await page(at("me:s3cr3x"), server.url).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error && "code" in error);
    assert.equal(error.code, "HTTP_UNREACHABLE");
    assert.ok(!`${error.message}${JSON.stringify(error)}`.includes("s3cr3x"), error.message);
  });

  void test("a proxy that is not there is the reason that is given", async (t) => {
    const http = client(t, { caFiles: [ca], env: { HTTPS_PROXY: "http://127.0.0.1:9" } });
    await assert.rejects(page(http, server.url), { code: "HTTP_UNREACHABLE", message: /127\.0\.0\.1:9/ });
  });
});
