import assert from "node:assert/strict";
import { test } from "node:test";
import type { IndexRecord } from "./package-info.ts";
import { parseLocation } from "./location.ts";
import { indexPlace, packagePlace } from "./repository-paths.ts";

const record = {
  name: "hello",
  version: "1.0-r0",
  arch: "noarch",
  checksum: `Q1${Buffer.alloc(20, 0xab).toString("base64")}`,
} as IndexRecord;

function paths(line: string, changes: Partial<IndexRecord> = {}, packageSpec?: string): [string, string] {
  const location = parseLocation(line);
  const [place] = location.places;
  assert.ok(place?.kind === "http");
  const repository = { location: line, arch: "x86_64", ...(packageSpec === undefined ? {} : { packageSpec }) };
  const found = [
    indexPlace(location, place, "x86_64"),
    packagePlace(repository, location, place, { ...record, ...changes }),
  ];
  const [index = "", file = ""] = found.map((at) => (at.kind === "http" ? at.url.replace("http://a.test/", "") : ""));
  return [index, file];
}

test("index and packages stand where apk looks for them", () => {
  assert.deepEqual(paths("http://a.test/r/"), ["r/x86_64/APKINDEX.tar.gz", "r/noarch/hello-1.0-r0.apk"]);
  assert.deepEqual(paths("http://a.test/r", { arch: "" }), ["r/x86_64/APKINDEX.tar.gz", "r/x86_64/hello-1.0-r0.apk"]);
  assert.deepEqual(paths("v3 http://a.test/r"), ["r/x86_64/Packages.adb", "r/noarch/hello-1.0-r0.apk"]);
  assert.deepEqual(paths("http://a.test/r/i.adb"), ["r/i.adb", "r/hello-1.0-r0.apk"]);
});

test("an index may say how the files of packages are called", () => {
  const spec = (text: string): string => paths("v3 http://a.test/r", {}, text)[1];
  assert.equal(spec("${name}_${version}.apk"), "r/hello_1.0-r0.apk");
  assert.equal(spec("${arch}/${name:1}/${hash:4}-${name:99}.apk"), "r/noarch/h/abab-hello.apk");
  assert.equal(paths("ndx http://a.test/r/i", {}, "pool/${name}.apk")[1], "r/pool/hello.apk");
});

test("a refusal shows no more of a name than a person reads", () => {
  assert.throws(
    () => paths("v3 http://a.test/r", { version: "9".repeat(100_000) }),
    (error: Error) => error.message.includes('"hello-999') && error.message.length < 300,
  );
});

test("what would leave the repository is refused", () => {
  for (const [changes, spec] of [
    [{ name: "../x" }, undefined],
    [{ version: "1/2" }, undefined],
    [{ arch: ".." }, undefined],
    [{}, "/etc/${name}"],
    [{}, "../${name}"],
    [{}, "a/./${name}"],
    [{}, "%2e%2e/${name}"],
    [{}, "${name}?x"],
    [{}, "${nope}"],
    [{}, "${name"],
    [{}, ""],
  ] as const) {
    assert.throws(
      () => paths("v3 http://a.test/r", changes, spec),
      { code: "APK_MISSING" },
      JSON.stringify([changes, spec]),
    );
  }
});
