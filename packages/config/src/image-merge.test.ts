import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { defaultLimits } from "@apkmill/core";
import { decodeNode, openContext } from "./decoder.ts";
import { mergeImageFiles } from "./image-merge.ts";
import { imageFile, type ImageFile } from "./image-schema.ts";
import { imageConfigToYaml } from "./image-yaml.ts";
import { collectProblems } from "./problems.ts";
import { anyImage } from "./testing/image-arbitraries.ts";
import { parseYaml } from "./yaml-source.ts";

function read(text: string): ImageFile {
  const source = parseYaml("a.yaml", text, defaultLimits, collectProblems());
  return source ? decodeNode(imageFile, source.root, openContext(source, collectProblems())) : imageFile.absent();
}

const anyFile = anyImage.map((image) => read(imageConfigToYaml(image)));

test("merging is associative, and nothing is its neutral element", () => {
  fc.assert(
    fc.property(anyFile, anyFile, anyFile, (a, b, c) => {
      const left = mergeImageFiles(mergeImageFiles(a, b), c);
      assert.deepEqual(left, mergeImageFiles(a, mergeImageFiles(b, c)));
      assert.deepEqual(mergeImageFiles(left, imageFile.absent()), left);
      assert.deepEqual(mergeImageFiles(imageFile.absent(), left), left);
    }),
  );
});

/** Reference apko §1.6, row by row: what both say, and what is left of it. */
const rows: readonly (readonly [what: string, base: string, own: string, merged: string])[] = [
  ["a scalar of the including file holds", "cmd: a", "cmd: b", "cmd: b"],
  [
    "an empty scalar gives way",
    "cmd: a\nwork-dir: /w\nstop-signal: S",
    "cmd: ''",
    "{cmd: a, work-dir: /w, stop-signal: S}",
  ],
  [
    "an entrypoint is one whole",
    "entrypoint: {command: a, type: x}",
    "entrypoint: {shell-fragment: b}",
    "entrypoint: {shell-fragment: b}",
  ],
  [
    "an entrypoint that says nothing gives way",
    "entrypoint: {command: a}",
    "entrypoint: {command: ''}",
    "entrypoint: {command: a}",
  ],
  [
    "an empty map of services is said",
    "entrypoint: {command: a}",
    "entrypoint: {services: {}}",
    "entrypoint: {services: {}}",
  ],
  ["the user to run as holds alone", "accounts: {run-as: a}", "accounts: {run-as: b}", "accounts: {run-as: b}"],
  [
    "accounts are joined, the base's first, and kept twice",
    "accounts: {run-as: a, users: [{username: u, uid: 1}], groups: [{groupname: g}]}",
    "accounts: {users: [{username: u, uid: 1}], groups: [{groupname: h}]}",
    "accounts: {run-as: a, users: [{username: u, uid: 1}, {username: u, uid: 1}], groups: [{groupname: g}, {groupname: h}]}",
  ],
  ["architectures are one whole", "archs: [amd64, arm64]", "archs: [s390x]", "archs: [s390x]"],
  ["no architectures give way", "archs: [amd64]", "archs: []", "archs: [amd64]"],
  [
    "variables are merged by name",
    "environment: {A: a, B: b}",
    "environment: {B: c, C: ''}",
    "environment: {A: a, B: c, C: ''}",
  ],
  ["annotations are merged by name", "annotations: {A: a, B: b}", "annotations: {B: ''}", "annotations: {A: a, B: ''}"],
  [
    "paths and volumes are joined, the base's first",
    "paths: [{path: /a, type: directory}]\nvolumes: [/a]",
    "paths: [{path: /b, type: directory}]\nvolumes: [/b, /a]",
    "paths: [{path: /a, type: directory}, {path: /b, type: directory}]\nvolumes: [/a, /b, /a]",
  ],
  [
    "every list of contents is joined, the base's first",
    "contents: {build_repositories: [b1], runtime_repositories: [r1], repositories: [1], keyring: [k1], packages: [p, q]}",
    "contents: {build_repositories: [b2], runtime_repositories: [r2], repositories: [2], keyring: [k2], packages: [p]}",
    "contents: {build_repositories: [b1, b2], runtime_repositories: [r1, r2], repositories: [1, 2], keyring: [k1, k2], packages: [p, q, p]}",
  ],
  ["layering is one whole", "layering: {strategy: origin, budget: 3}", "layering: {}", "layering: {}"],
  [
    "a null gives way",
    "layering: {strategy: origin}\ncmd: a",
    "layering: ~\ncmd:",
    "layering: {strategy: origin}\ncmd: a",
  ],
  [
    "certificates are one whole",
    "certificates: {providers: [p], additional: [{name: a, content: x}]}",
    "certificates: {providers: [q]}",
    "certificates: {providers: [q]}",
  ],
  [
    "a base image is one whole",
    "contents: {baseimage: {image: a, apkindex: b}}",
    "contents: {baseimage: {image: c, apkindex: d}}",
    "contents: {baseimage: {image: c, apkindex: d}}",
  ],
  ["a format gives way to another", "format: erofs", "format: tar", "format: tar"],
  ["the address of the sources is taken over, other than in apko", "vcs-url: a", "cmd: b", "cmd: b\nvcs-url: a"],
];

for (const [what, base, own, merged] of rows) {
  test(`of two configurations ${what}`, () => {
    const withoutPlaces = ({ contents, ...rest }: ImageFile): unknown => ({
      ...rest,
      places: {},
      contents: { ...contents, runtimeKeyring: contents.runtimeKeyring.map(({ value }) => value) },
    });
    assert.deepEqual(withoutPlaces(mergeImageFiles(read(base), read(own))), withoutPlaces(read(merged)));
  });
}
