import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { readInstalled } from "@apkmill/rootfs";
import { explainPackages, type PackageReason } from "./package-reasons.ts";
import { withCode } from "./testing/bench.ts";

function explain(
  records: readonly string[],
  world: readonly string[],
  limits = defaultLimits,
): Map<string, PackageReason> {
  const text = records.map((record) => `${record.split("; ").join("\n")}\n\n`).join("");
  return new Map(explainPackages(readInstalled(text), world, limits));
}

describe("why a package is in an image", () => {
  const records = [
    "P:musl; V:1.2-r0; p:so:libc.so=1",
    "P:ssl; V:3.1-r0; D:so:libc.so; p:so:libssl.so.3=3",
    "P:curl; V:8-r0; D:so:libssl.so.3 so:libc.so !wget; p:cmd:curl=8-r0",
    "P:curl-doc; V:8-r0; i:curl=8-r0 docs",
    "P:docs; V:1-r0",
    "P:odd; V:1-r0; D:=broken= odd",
  ];

  test("is told by the world, by who needs it, by what it came along with, and by the way to it", () => {
    const why = explain(records, ["curl>7", "docs", "cmd:curl"]);
    assert.deepEqual(why.get("curl"), {
      world: ["curl>7", "cmd:curl"],
      requiredBy: [],
      installIf: [],
      path: ["curl"],
    });
    assert.deepEqual(why.get("musl"), {
      world: [],
      requiredBy: ["ssl", "curl"],
      installIf: [],
      path: ["curl", "musl"],
    });
    assert.deepEqual(why.get("curl-doc")?.installIf, ["curl", "docs"]);
    assert.deepEqual(why.get("ssl")?.path, ["curl", "ssl"]);
  });

  test("is nothing when nobody asks for it, or only for another version", () => {
    const nothing = { world: [], requiredBy: [], installIf: [], path: [] };
    const why = explain(records, ["curl>9", "!ssl", "odd@tag=2"]);
    assert.deepEqual(why.get("curl"), nothing);
    assert.deepEqual(why.get("odd"), nothing);
    assert.deepEqual(explain(["P:a; V:1; i:b"], []).get("a"), nothing);
  });

  test("is found in a circle", () => {
    const why = explain(["P:a; V:1; D:b", "P:b; V:1; D:c", "P:c; V:1; D:a"], ["a"]);
    assert.deepEqual(why.get("c"), { world: [], requiredBy: ["b"], installIf: [], path: ["a", "b", "c"] });
    assert.deepEqual(why.get("a")?.requiredBy, ["c"]);
  });

  test("takes no time and memory that a database of others chooses", () => {
    const chain = Array.from(
      { length: 20_000 },
      (_, index) => `P:p${String(index)}; V:1; D:p${String(index + 1)} same; p:same`,
    );
    const why = explain(chain, ["p0"]);
    assert.ok(Math.max(...[...why.values()].map(({ path }) => path.length)) <= 64);
    assert.throws(() => explain(chain, [], { ...defaultLimits, items: 100 }), withCode("LIMIT_EXCEEDED"));
    assert.throws(() => explain(chain, [], { ...defaultLimits, records: 100 }), withCode("LIMIT_EXCEEDED"));
  });
});
