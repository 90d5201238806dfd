import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { keyringOf, parsePublicKey } from "../keyring.ts";
import type { Keyring } from "../keys.ts";
import { acl, deviceTarget, linkTarget, type KeyPair, type TestAdbFile, type TestAdbPackage } from "./adb-writer.ts";
import { temporaryFolder } from "./packages.ts";

/** A keyring that knows one key, under this name. */
export function keyringFor(name: string, { publicKey }: KeyPair): Keyring {
  return keyringOf([parsePublicKey(name, publicKey.export({ type: "spki", format: "pem" }).toString())]);
}

/** A key that packages are signed with, and the keyring that has it as `test.pem`. */
export const adbKey: KeyPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const adbKeyring: Keyring = keyringFor("test.pem", adbKey);

/** Writes a package file that is gone after the test; its path. */
export async function writeAdb(t: TestContext, bytes: Buffer): Promise<string> {
  const path = join(await temporaryFolder(t), "test.apk");
  await writeFile(path, bytes);
  return path;
}

/** Everything that a package can hold. */
export const richPackage: TestAdbPackage = {
  info: {
    4: "greets\nloudly",
    5: "x86_64",
    6: "MIT",
    7: "hello-origin",
    8: "Me <me@example.org>",
    9: "https://example.org",
    10: Buffer.from("c0ffee".padEnd(40, "0"), "hex"),
    11: 1_700_000_001,
    12: 12345,
    14: 10,
    15: [
      { 1: "musl", 2: "1.2", 3: 5 },
      { 1: "bad", 3: 17 },
    ],
    16: [{ 1: "cmd:hello", 2: "1.0-r0" }],
    17: [{ 1: "old", 2: "2", 3: 2 }],
    18: [{ 1: "base" }, { 1: "docs" }],
    19: [{ 1: "nice" }],
    20: 1,
    21: ["free", "words"],
  },
  directories: [
    { path: "", files: [{ name: "top", content: "top" }] },
    {
      path: "dev",
      files: [
        { name: "block", acl: acl(0o660, "root", "disk"), target: deviceTarget(0o060660, 0x801n) },
        { name: "char", target: deviceTarget(0o020666, (1n << 44n) | (0x5n << 20n) | 0x23467n) },
        { name: "fifo", target: deviceTarget(0o010600, 0n) },
      ],
    },
    {
      path: "usr/bin",
      acl: acl(0o1777, "games", "tty"),
      files: [
        { name: "alias", target: linkTarget("usr/lib/tool", { hard: true }) },
        { name: "empty" },
        {
          name: "hello",
          content: "#!/bin/sh\n",
          acl: acl(0o4755, "root", "root", [Buffer.from("user.colour\0\x01\xff", "latin1")]),
        },
        { name: "hey", target: linkTarget("hello"), acl: acl(0o777) },
        { name: "hi", target: linkTarget("usr/bin/hello", { hard: true }), acl: acl(0o4755) },
      ],
    },
    { path: "usr/lib", files: [{ name: "tool", content: "tool".repeat(100_000) }] },
  ],
  scripts: { 1: "#!/bin/sh\ntrigger", 3: "#!/bin/sh\npost", 7: "#!/bin/sh\nupgraded" },
  triggers: ["/usr/bin", "/usr/share/*"],
  replacesPriority: 5,
  keys: [adbKey],
};

/** A package of files in one directory `d`. */
export function filesPackage(...files: TestAdbFile[]): TestAdbPackage {
  return { directories: [{ path: "d", files }], keys: [adbKey] };
}
