import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { describeImageConfig } from "./image-describe.ts";
import { imageJsonSchema } from "./image-json-schema.ts";
import { parseImageConfig } from "./image-load.ts";
import type { JsonSchema } from "./json-schema.ts";
import { evaluateSchema } from "./testing/evaluate-schema.ts";
import { anyImage } from "./testing/image-arbitraries.ts";

const schema = imageJsonSchema();

/** What an editor says: it reads YAML 1.2 and merges first. */
function editorSays(text: string): readonly string[] {
  return evaluateSchema(schema, parse(text, { merge: true }));
}

function isRead(text: string): boolean {
  try {
    parseImageConfig(text);
    return true;
  } catch {
    return false;
  }
}

const accepted = [
  "contents:",
  "contents: {packages: [a, ~, 1.0, true], repositories: ~}",
  "contents: {baseimage: {image: a, apkindex: b}}",
  "contents: {baseimage: {image: a}}",
  "contents: {runtime_keyring: [{name: a.rsa.pub, content: x}]}",
  "entrypoint: {type: other, command: 5, shell-fragment: x, services: {a: b, c: ~}}",
  "accounts: {run-as: 65532, users: [{username: a, uid: 1, gid: ~}], groups: [{groupname: g, gid: 0, members: [a]}]}",
  "archs: [386, x86, x86_64, amd64, aarch64, arm64, armhf, arm/v6, armv7, arm/v7, loong64, loongarch64, ppc64le, riscv64, s390x]",
  "paths: [{path: /a, type: directory, permissions: 0o755, recursive: true, uid: 0}]",
  "layering: {}",
  "layering: {strategy: origin, budget: 3}",
  "format: tar",
  "certificates: {additional: [{name: a, content: x}], providers: [p]}",
  "x: &x {path: /a, type: directory}".replace("x: &x", "paths:\n  - &x") + "\n  - {<<: *x, path: /b}",
];

const refused = [
  "accounts: {recursive: true}",
  "os-release: {}",
  "contents: {packages: a}",
  "contents: {packages: [[a]]}",
  "contents: {baseimage: {apkindex: a}}",
  "contents: {runtime_keyring: [{name: ../a, content: x}]}",
  "contents: {runtime_keyring: [{name: a, content: ''}]}",
  "accounts: {users: [{username: a, uid: 0}]}",
  "accounts: {users: [{username: a, uid: '1'}]}",
  "accounts: {users: [{username: a, uid: 4294967296}]}",
  "accounts: {users: [{username: '', uid: 1}]}",
  "accounts: {groups: [{gid: 1}]}",
  "archs: [sparc]",
  "archs: [host]",
  "paths: [{path: /a, type: file}]",
  "paths: [{path: /a}]",
  "paths: [{path: /a, type: directory, recursive: 'true'}]",
  "layering: {strategy: best}",
  "format: erofs",
  "environment: [a]",
  "environment: {a: [b]}",
  "certificates: {additional: [{content: x}]}",
];

for (const text of accepted) {
  test(`reader and schema take ${text}`, () => {
    assert.ok(isRead(text));
    assert.deepEqual(editorSays(text), []);
  });
}

for (const text of refused) {
  test(`reader and schema refuse ${text}`, () => {
    assert.ok(!isRead(text));
    assert.notDeepEqual(editorSays(text), []);
  });
}

test("the schema takes every configuration that is printed", () => {
  fc.assert(
    fc.property(anyImage, (image) => {
      assert.deepEqual(evaluateSchema(schema, describeImageConfig(image)), []);
    }),
  );
});

test("the schema describes every key and leaves no mapping open", () => {
  const visit = (part: JsonSchema, place: string): void => {
    const properties = part["properties"] as Readonly<Record<string, JsonSchema>> | undefined;
    if (properties !== undefined) assert.equal(part["additionalProperties"], false, place);
    for (const [name, property] of Object.entries(properties ?? {})) {
      assert.match(String(property["description"]), /^[^ ].*\.$/, `${place}/${name}`);
      visit(property, `${place}/${name}`);
    }
    const items = part["items"] as JsonSchema | undefined;
    if (items !== undefined) visit(items, `${place}[]`);
  };
  visit(schema, "");
});
