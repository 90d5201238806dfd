import assert from "node:assert/strict";
import { test } from "node:test";
import { readProxies } from "./http-proxy.ts";

test("proxies come from either spelling; a bare host and port is an http proxy", () => {
  assert.equal(readProxies({}).proxyEnv, undefined);
  assert.equal(readProxies({ HTTPS_PROXY: " ", http_proxy: "" }).proxyEnv, undefined);
  assert.deepEqual(
    readProxies({ HTTPS_PROXY: "proxy.test:3128", https_proxy: "http://other", http_proxy: "https://me:pw@p.test" })
      .proxyEnv,
    { HTTPS_PROXY: "http://proxy.test:3128/", HTTP_PROXY: "https://me:pw@p.test/" },
  );
});

test("a proxy that cannot be used is refused, not passed over, and not shown", () => {
  for (const address of ["socks5://me:s3cr3t@proxy.test", "http://", "://s3cr3t"]) {
    assert.throws(
      () => readProxies({ HTTPS_PROXY: address }),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, "HTTP_PROXY");
        assert.ok(!error.message.includes("s3cr3t"), error.message);
        return true;
      },
    );
  }
});

test("NO_PROXY names hosts, domains, addresses and networks", () => {
  const rows: [string, string, boolean][] = [
    ["*", "https://any.test", true],
    ["a.test", "https://a.test", true],
    ["A.Test", "https://sub.a.test", true],
    ["a.test", "https://ba.test", false],
    [".a.test", "https://sub.a.test", true],
    [".a.test", "https://a.test", false],
    ["*.a.test", "https://x.sub.a.test", true],
    ["a.test:8443", "https://a.test:8443", true],
    ["a.test:8443", "https://a.test", false],
    ["a.test:443", "https://a.test", true],
    ["x.test, b.test\ta.test", "https://a.test", true],
    ["10.0.0.1", "http://10.0.0.1:8080", true],
    ["10.0.0.1:80", "http://10.0.0.1:8080", false],
    ["10.0.0.0/8", "http://10.200.3.4", true],
    ["10.0.0.0/8", "http://11.0.0.1", false],
    ["10.0.0.0/99", "http://10.0.0.1", false],
    ["10.0.0.0/8", "http://ten.test", false],
    ["::1", "http://[::1]:8080", true],
    ["[::1]:8080", "http://[::1]:8080", true],
    ["[::1]:81", "http://[::1]:8080", false],
    ["fd00::/8", "http://[fd12::1]", true],
    ["", "http://a.test", false],
  ];
  for (const [rule, url, expected] of rows) {
    assert.equal(readProxies({ no_proxy: rule }).bypasses(new URL(url)), expected, `${rule} ${url}`);
  }
});
