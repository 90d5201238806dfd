import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLocation } from "./location.ts";
import { availableAt, packageAddress } from "./package-address.ts";
import { packagePlace } from "./repository-paths.ts";
import { repositoryOf } from "./testing/universe-text.ts";

const [record] = repositoryOf("P:app\nV:1-r0\nA:x86_64\nC:Q1AAAA").records;
assert.ok(record !== undefined);
const app = record;

/** Address of the package in a repository that is written so, and where it is looked for when only the address is known. */
function through(line: string, locations: readonly string[], packageSpec?: string): readonly [string, string[]] {
  const source = parseLocation(line);
  const spec = packageSpec === undefined ? {} : { packageSpec };
  const repository = {
    location: source.text,
    tag: "",
    arch: "x86_64",
    records: [],
    signer: undefined,
    source,
    ...spec,
  };
  const address = packageAddress({ record: app, repository });
  const found = availableAt({ address, record: app, arch: "x86_64" }, locations).repository;
  const { places, layout } = found.source ?? parseLocation(found.location);
  const looked = places.map((place) => packagePlace(found, { layout }, place, app));
  return [address, looked.map((place) => (place.kind === "http" ? place.url : place.path))];
}

const rows: readonly (readonly [line: string, address: string, looked: string])[] = [
  [
    "https://example.org/repo",
    "https://example.org/repo/x86_64/app-1-r0.apk",
    "https://example.org/repo/x86_64/app-1-r0.apk",
  ],
  [
    "@edge https://u:p@example.org/repo/",
    "https://example.org/repo/x86_64/app-1-r0.apk",
    "https://example.org/repo/x86_64/app-1-r0.apk",
  ],
  ["/srv/repo/", "/srv/repo/x86_64/app-1-r0.apk", "/srv/repo/x86_64/app-1-r0.apk"],
  ["file:///srv/repo", "file:///srv/repo/x86_64/app-1-r0.apk", "/srv/repo/x86_64/app-1-r0.apk"],
  ["https://example.org/x/a.tar.gz", "https://example.org/x/app-1-r0.apk", "https://example.org/x/app-1-r0.apk"],
  [
    "v3 https://example.org/repo",
    "https://example.org/repo/x86_64/app-1-r0.apk",
    "https://example.org/repo/x86_64/app-1-r0.apk",
  ],
];
for (const [line, address, looked] of rows) {
  test(`a package of ${line} is at ${address}, and found there with and without the repository`, () => {
    assert.deepEqual(through(line, [line]), [address, [looked]]);
    assert.deepEqual(through(line, []), [address, [looked]]);
  });
}

test("a relative folder stays relative in the address", () => {
  assert.equal(through("./packages", [])[0], "./packages/x86_64/app-1-r0.apk");
});

test("mirrors of a known repository serve the package too, and its credentials go with it", () => {
  const line = "https://u:p@example.org/repo|https://mirror.example.org/r";
  assert.deepEqual(through(line, ["https://example.org", line])[1], [
    "https://example.org/repo/x86_64/app-1-r0.apk",
    "https://mirror.example.org/r/x86_64/app-1-r0.apk",
  ]);
  const address = "https://example.org/repo/x86_64/app-1-r0.apk";
  const [place] = availableAt({ address, record: app, arch: "x86_64" }, [line]).repository.source?.places ?? [];
  assert.ok(place?.kind === "http");
  assert.match(place.credentials.authorize(new URL(address)) ?? "", /^Basic /);
});

test("an index that calls its files otherwise has them under these names", () => {
  const [address, looked] = through("https://example.org/repo", [], "pool/${name:1}/${name}_${version}.apk");
  assert.equal(address, "https://example.org/repo/pool/a/app_1-r0.apk");
  assert.deepEqual(looked, [address]);
});
