import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPackageControl } from "@apkmill/apk";
import { parsePackageConfig } from "@apkmill/config";
import { compilePackageConfig } from "./compile.ts";
import { describeControl, licenseOf, outputsOf, scriptsOf } from "./describe-control.ts";

const text = `
package:
  name: app
  version: 1.10
  epoch: 2
  description: |
    does
      things
  url: https://example.org
  commit: abc
  copyright: [{license: MIT}, {license: GPL-2.0-only OR BSD-3-Clause}, {license: MIT}]
  dependencies:
    runtime: [busybox]
    replaces: [old]
    provider-priority: "10"
  scriptlets:
    post-install: "#!/bin/sh\\ntrue\\n"
    trigger: {script: "#!/bin/sh\\n", paths: [/usr/lib/app, /usr/share/app/*]}
subpackages:
  - name: app-doc
    description: manual
    commit: abc
`;

const compiled = await compilePackageConfig(parsePackageConfig(text), { arch: "amd64" });
const [main, doc] = outputsOf(compiled);
const measured = { depends: ["busybox", "so:libc.so.6"], provides: ["cmd:app=1.10-r2"], installedSizeBytes: 4242 };
const about = { namespace: "acme", buildTime: 1_700_000_000 };

test("a main package's .PKGINFO says everything that the configuration and its files say", () => {
  assert.ok(main !== undefined);
  const lines = formatPackageControl({
    ...describeControl(compiled, main, measured, about),
    dataHash: "0".repeat(64),
  }).split("\n");
  assert.deepEqual(lines.slice(1), [
    "pkgname = app",
    "pkgver = 1.10-r2",
    "arch = x86_64",
    "size = 4242",
    "origin = app",
    "pkgdesc = does things",
    "url = https://example.org",
    "commit = abc",
    "maintainer = acme",
    "builddate = 1700000000",
    "license = MIT AND (GPL-2.0-only OR BSD-3-Clause)",
    "depend = busybox",
    "depend = so:libc.so.6",
    "provides = cmd:app=1.10-r2",
    "replaces = old",
    "provider_priority = 10",
    "triggers = /usr/lib/app /usr/share/app/*",
    `datahash = ${"0".repeat(64)}`,
    "",
  ]);
});

test("a subpackage has its own name and texts, and its origin's version and licence", () => {
  assert.ok(doc !== undefined);
  const control = describeControl(compiled, doc, { depends: [], provides: [], installedSizeBytes: 0 }, about);
  assert.deepEqual(
    [control.name, control.version, control.origin, control.description, control.url, control.license.slice(0, 3)],
    ["app-doc", "1.10-r2", "app", "manual", "", "MIT"],
  );
});

test("scripts are those that have a text", () => {
  assert.deepEqual([...scriptsOf(main?.scriptlets ?? never()).keys()], ["post-install", "trigger"]);
  assert.equal(scriptsOf(doc?.scriptlets ?? never()).size, 0);
});

function never(): never {
  throw new Error("two outputs were expected");
}

test("one licence stands as it is written", () => {
  const license = (text_: string) => ({
    license: text_,
    licensePath: "",
    paths: [],
    attestation: "",
    detectionOverride: "",
  });
  assert.equal(licenseOf([license("A OR B")]), "A OR B");
  assert.equal(licenseOf([]), "");
});
