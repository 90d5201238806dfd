import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isEngineError } from "@apkmill/core";
import { endpointOf, resolveTarget } from "./registry-targets.ts";

describe("the endpoint of a registry", () => {
  const rows: readonly [string, readonly string[], string][] = [
    ["docker.io", [], "https://registry-1.docker.io"],
    ["ghcr.io", [], "https://ghcr.io"],
    ["r.example:5000", [], "https://r.example:5000"],
    ["r.example:5000", ["r.example:5000"], "http://r.example:5000"],
    ["r.example:5001", ["r.example:5000"], "https://r.example:5001"],
    ["localhost:5000", [], "http://localhost:5000"],
    ["127.0.0.1:5000", [], "http://127.0.0.1:5000"],
    ["127.9.9.9", [], "http://127.9.9.9"],
    ["[::1]:5000", [], "http://[::1]:5000"],
    ["127.0.0.1.evil.example", [], "https://127.0.0.1.evil.example"],
    ["localhost.evil.example", [], "https://localhost.evil.example"],
  ];
  for (const [registry, insecure, origin] of rows) {
    test(`${registry} is ${origin}${insecure.length === 0 ? "" : " when listed as insecure"}`, () => {
      assert.equal(endpointOf(registry, insecure).origin, origin);
    });
  }
});

describe("an address that a registry names", () => {
  const rows: readonly [string, string, string, boolean][] = [
    ["its own relative path", "r.example", "/v2/a/blobs/uploads/1?state=x", true],
    ["its own host", "r.example", "https://r.example/upload", true],
    ["storage elsewhere", "r.example", "https://bucket.storage.example/signed?x=1", true],
    ["the token server", "r.example", "https://auth.example/token", true],
    ["plain http on its own host", "r.example", "http://r.example/upload", false],
    ["plain http elsewhere", "r.example", "http://auth.example/token", false],
    ["a metadata address", "r.example", "https://169.254.169.254/latest", false],
    ["a private address", "r.example", "https://10.1.2.3/x", false],
    ["another private address", "r.example", "https://172.20.0.1/x", false],
    ["a public address", "r.example", "https://93.184.216.34/x", true],
    ["loopback", "r.example", "https://127.0.0.1/x", false],
    ["loopback by name", "r.example", "https://localhost/x", false],
    ["loopback in IPv6", "r.example", "https://[::1]/x", false],
    ["loopback as IPv4 in IPv6", "r.example", "https://[::ffff:127.0.0.1]/x", false],
    ["loopback as a number", "r.example", "https://2130706433/x", false],
    ["a unique local address", "r.example", "https://[fd00::1]/x", false],
    ["an address with a password", "r.example", "https://u:p@auth.example/token", false],
    ["a file", "r.example", "file:///etc/passwd", false],
    ["nothing", "r.example", "http://", false],
    ["another port of loopback", "127.0.0.1:5000", "http://127.0.0.1:5060/token", true],
    ["loopback by another name", "localhost:5000", "http://127.0.0.1:5060/token", true],
    ["a private address, from loopback", "127.0.0.1:5000", "https://10.0.0.1/x", false],
    ["plain http elsewhere, from loopback", "127.0.0.1:5000", "http://auth.example/x", false],
    ["another port of its private address", "10.0.0.1:5000", "https://10.0.0.1:5443/x", true],
  ];
  for (const [what, registry, location, allowed] of rows) {
    test(`may ${allowed ? "" : "not "}be ${what}`, () => {
      const endpoint = endpointOf(registry);
      const resolve = (): URL => resolveTarget(endpoint, "location", location, endpoint.origin);
      if (allowed) assert.equal(resolve().href, new URL(location, endpoint.origin).href);
      else assert.throws(resolve, (error: unknown) => isEngineError(error) && error.code === "REGISTRY_UNSAFE_TARGET");
    });
  }
});
