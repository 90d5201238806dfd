import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";

/**
 * Reads a lock by the description of apko's format alone (reference apko §2.5) and shares nothing with what it tests: every field in its
 * order, of its type, and nothing beside them but one object of ours.
 */
export function readStrictly(text: string): StrictLock {
  assert.ok(text.endsWith("}\n"));
  const lock = JSON.parse(text) as StrictLock;
  assert.equal(text, `${JSON.stringify(lock, undefined, 2)}\n`);
  assert.deepEqual(Object.keys(lock), ["version", "config", "contents", "apkmill"]);
  assert.equal(lock.version, "v1");
  assert.deepEqual(Object.keys(lock.config), ["name", "checksum"]);
  assert.match(lock.config.checksum, /^sha256-[A-Za-z0-9+/]{43}=$/);
  const { keyring, packages, ...repositories } = lock.contents;
  assert.deepEqual(Object.keys(lock.contents), [
    "keyring",
    "build_repositories",
    "runtime_repositories",
    "repositories",
    "packages",
  ]);
  for (const key of keyring) assert.deepEqual(Object.keys(key), ["name", "url", "content"]);
  for (const one of Object.values(repositories).flat())
    assert.deepEqual(Object.keys(one), ["name", "url", "architecture"]);
  for (const one of packages) readPackage(one);
  return lock;
}

export interface StrictLock {
  readonly version: string;
  readonly config: { readonly name: string; readonly checksum: string };
  readonly contents: {
    readonly keyring: readonly Record<"name" | "url" | "content", string>[];
    readonly build_repositories: readonly StrictRepository[];
    readonly runtime_repositories: readonly StrictRepository[];
    readonly repositories: readonly StrictRepository[];
    readonly packages: readonly StrictPackage[];
  };
}

type StrictRepository = Record<"name" | "url" | "architecture", string>;

export interface StrictPackage extends Record<"name" | "url" | "version" | "architecture" | "checksum", string> {
  readonly signature: Member;
  readonly control: Member;
  readonly data: Member;
}

type Member = Record<"range" | "checksum", string>;

function readPackage(one: StrictPackage): void {
  const keys = ["name", "url", "version", "architecture", "signature", "control", "data", "checksum"];
  assert.deepEqual(Object.keys(one), keys);
  assert.match(one.checksum, /^Q1[A-Za-z0-9+/]{27}=$/);
  for (const member of [one.signature, one.control, one.data]) {
    assert.deepEqual(Object.keys(member), ["range", "checksum"]);
    if (member === one.signature && member.range === "") assert.equal(member.checksum, "");
    else assert.match(`${member.range} ${member.checksum}`, /^bytes=\d+-\d+ sha(1|256)-[A-Za-z0-9+/]+=*$/);
  }
}

/** Holds what a lock says of a package's file against the file, whose members must be one behind the other. */
export function checkMembers({ signature, control, data, checksum }: StrictPackage, file: Buffer): void {
  let end = 0;
  for (const { range, checksum: expected } of [signature, control, data]) {
    if (range === "") continue;
    const [, first = "", last = ""] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    assert.equal(Number(first), end);
    end = Number(last) + 1;
    const member = file.subarray(Number(first), end);
    const [algorithm = ""] = expected.split("-");
    assert.equal(`${algorithm}-${createHash(algorithm).update(member).digest("base64")}`, expected);
    gunzipSync(member);
  }
  assert.equal(end, file.length);
  assert.equal(control.checksum, `sha1-${checksum.slice(2)}`);
}
