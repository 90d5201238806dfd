import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { withSupervisor } from "./image-assemble.ts";
import { parseImageConfig } from "./image-load.ts";
import { describeImageConfig } from "./image-describe.ts";
import { imageConfigToYaml } from "./image-yaml.ts";
import { anyImage } from "./testing/image-arbitraries.ts";

test("what is printed is read as the same configuration", () => {
  fc.assert(
    fc.property(anyImage.map(withSupervisor), (image) => {
      const text = imageConfigToYaml(image);
      assert.deepEqual(parseImageConfig(text), image);
      assert.equal(imageConfigToYaml(parseImageConfig(text)), text);
    }),
  );
});

test("what is printed as JSON is read as the same configuration", () => {
  fc.assert(
    fc.property(anyImage.map(withSupervisor), (image) => {
      assert.deepEqual(parseImageConfig(JSON.stringify(describeImageConfig(image))), image);
    }),
  );
});

test("a configuration is printed in apko's order and layout, maps sorted, modes in octal, what is empty left out", () => {
  const image = parseImageConfig(
    [
      "paths: [{path: /x, type: directory, permissions: 0755, uid: 0}]",
      "environment: {B: '', A: 1}",
      "archs: [x86_64, armv7]",
      "accounts: {users: [{username: app, uid: 10}]}",
      "entrypoint: {type: service-bundle, services: {web: run}}",
      "contents: {packages: [a], repositories: [https://x.example/os/]}",
    ].join("\n"),
  );
  assert.equal(
    imageConfigToYaml(image),
    `contents:
    repositories:
        - https://x.example/os
    packages:
        - a
        - s6
entrypoint:
    type: service-bundle
    command: /bin/s6-svscan /sv
    shell-fragment: ""
    services:
        web: run
accounts:
    run-as: ""
    users:
        - username: app
          uid: 10
          gid: 10
          shell: /bin/sh
          homedir: /home/app
    groups: []
archs:
    - amd64
    - arm/v7
environment:
    A: "1"
    B: ""
paths:
    - path: /x
      type: directory
      uid: 0
      permissions: 0o755
      source: ""
      recursive: false
`,
  );
});

test("credentials are not printed", () => {
  const secret = "https://user:hunter2@x.example/os";
  const image = parseImageConfig(
    `contents: {repositories: ['@edge ${secret}', '${secret}'], build_repositories: ['${secret}'], runtime_repositories: ['${secret}'], keyring: ['${secret}.pub?token=hunter2']}\nvcs-url: ${secret}@abc\n`,
  );
  const text = imageConfigToYaml(image) + JSON.stringify(describeImageConfig(image));
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /- "?@edge https:\/\/x\.example\/os"?\n/);
  assert.match(text, /vcs-url: https:\/\/x\.example\/os@abc\n/);
});

test("an empty configuration is printed as one", () => {
  assert.equal(imageConfigToYaml(parseImageConfig("---\n")), "{}\n");
});
