import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { formatError } from "@apkmill/core";
import { codeOf, openBench } from "./testing/bench.ts";
import { directory, file, makeRepository, symlink, type Item } from "./testing/repository.ts";

/**
 * Packages whose files stand where the configuration's own parts go: what is written through them must neither reach the package
 * database nor leave the root, and what is read from them must be what it should be.
 */
interface Row {
  readonly what: string;
  readonly items: readonly Item[];
  /** The configuration beside `contents`. */
  readonly yaml: string;
  readonly code: string;
  /** Text of the message that names the offender. */
  readonly names: string;
}

const user = "accounts: {users: [{username: app, uid: 1000}]}";
const group = "accounts: {groups: [{groupname: app, gid: 1000}]}";
const service = "entrypoint: {services: {web: httpd}}";
const shadow = "root:*:1:0:::::\n";
const row = (what: string, items: readonly Item[], yaml: string, code: string, names: string): Row => ({
  what,
  items: [directory("lib"), ...items],
  yaml,
  code,
  names,
});

const rows: readonly Row[] = [
  row(
    "accounts that are the database",
    [symlink("etc/passwd", "../lib/apk/db/installed")],
    user,
    "IMAGE_CONTENT",
    "etc/passwd",
  ),
  row("groups that are the world", [symlink("etc/group", "apk/world")], group, "IMAGE_CONTENT", "etc/group"),
  row(
    "shadows that are the list of keys",
    [symlink("etc/shadow", "apk/keys/new.rsa.pub")],
    user,
    "IMAGE_PATH",
    "etc/shadow",
  ),
  row(
    "accounts that are the shadows",
    [symlink("etc/passwd", "shadow"), file("etc/shadow", shadow)],
    user,
    "IMAGE_CONTENT",
    "etc/passwd",
  ),
  row("accounts that go round", [symlink("etc/passwd", "passwd")], user, "IMAGE_PATH", "etc/passwd"),
  row("accounts in a directory", [directory("etc/passwd")], user, "IMAGE_PATH", "etc/passwd"),
  row("groups in a directory", [directory("etc/group")], group, "IMAGE_PATH", "etc/group"),
  row(
    "accounts without fields",
    [file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nhello\n")],
    "",
    "IMAGE_CONTENT",
    "line 2",
  ),
  row(
    "accounts with a field too many",
    [file("etc/passwd", "a:x:1:1::/:/bin/sh:x\n")],
    user,
    "IMAGE_CONTENT",
    "line 1",
  ),
  row("groups without fields", [file("etc/group", "root\n")], group, "IMAGE_CONTENT", "etc/group"),
  row("shadows without fields", [file("etc/shadow", "root\n")], user, "IMAGE_CONTENT", "etc/shadow"),
  row("an account without a number", [file("etc/passwd", "app::x:1::/home/a:/bin/sh\n")], "", "IMAGE_CONTENT", "app"),
  row(
    "an account with a number over 32 bits",
    [file("etc/passwd", "app:x:4294967296:1::/home/a:/bin/sh\n")],
    "",
    "IMAGE_CONTENT",
    "4294967296",
  ),
  row(
    "an account at home in the database",
    [file("etc/passwd", "a:x:1:1::/lib/apk/db/a:/bin/sh\n")],
    "",
    "IMAGE_PATH",
    "lib/apk/db/a",
  ),
  row(
    "an account at home in a file",
    [file("etc/passwd", "a:x:1:1::/etc/passwd:/bin/sh\n")],
    "",
    "IMAGE_ACCOUNT",
    "/etc/passwd",
  ),
  row(
    "accounts of five megabytes",
    [file("etc/passwd", "a:x:1:1::/:/bin/sh\n".repeat(280_000))],
    "",
    "LIMIT_EXCEEDED",
    "etc/passwd",
  ),
  row(
    "commands in the database",
    [file("bin/busybox"), file("etc/busybox-paths.d/busybox", "/lib/apk/db/installed\n")],
    "",
    "IMAGE_PATH",
    "lib/apk/db",
  ),
  row(
    "commands that are deletions",
    [file("bin/busybox"), file("etc/busybox-paths.d/busybox", "/etc/.wh.passwd\n")],
    "",
    "IMAGE_PATH",
    ".wh.passwd",
  ),
  row(
    "commands below files",
    [file("bin/busybox"), file("etc/busybox-paths.d/busybox", "/bin/busybox/sh\n")],
    "",
    "IMAGE_PATH",
    "bin/busybox",
  ),
  row("services in the database", [symlink("sv", "/lib/apk/db")], service, "IMAGE_PATH", "sv/web"),
  row("services that go round", [symlink("sv", "sv")], service, "IMAGE_PATH", "sv/web"),
  row(
    "a run script that is a key",
    [directory("sv/web"), symlink("sv/web/run", "/etc/apk/keys/evil.rsa.pub")],
    service,
    "IMAGE_PATH",
    "sv/web/run",
  ),
  row(
    "a loader's cache in the database",
    [file("etc/ld.so.conf", ""), symlink("etc/ld.so.cache", "/lib/apk/db/lock")],
    "",
    "IMAGE_PATH",
    "ld.so.cache",
  ),
  row(
    "a loader's cache that is a directory",
    [file("etc/ld.so.conf", ""), directory("etc/ld.so.cache")],
    "",
    "IMAGE_PATH",
    "ld.so.cache",
  ),
  row(
    "a checksum in the database",
    [
      file("etc/ssl/certs/ca-certificates.crt"),
      symlink("etc/ssl/certs/.ca-certificates.crt.sha256", "/lib/apk/db/triggers"),
    ],
    "",
    "IMAGE_PATH",
    "sha256",
  ),
];

/** What looks hostile and is harmless: it is built. */
const harmless: readonly Row[] = [
  row(
    "settings of the loader that include each other",
    [file("etc/ld.so.conf", "include ld.so.conf\ninclude /etc/*\n")],
    "",
    "",
    "",
  ),
  row("settings of the loader that are a directory", [directory("etc/ld.so.conf")], "", "", ""),
  row(
    "commands above the root",
    [file("bin/busybox"), file("etc/busybox-paths.d/busybox", "/../../../../bin/ls\n")],
    "",
    "",
    "",
  ),
  row("an account at home above the root", [file("etc/passwd", "a:x:1:1::/../../a:/bin/sh\n")], "", "", ""),
  row("empty lines among accounts", [file("etc/passwd", "\n\nroot:x:0:0:root:/root:/bin/sh")], user, "", ""),
  row("no account at all", [file("etc/passwd", "")], user, "", ""),
];

describe("a hostile package", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let contents: (index: number) => string;

  before(async () => {
    bench = await openBench();
    const packages = [...rows, ...harmless].map(({ items }, index) => ({ name: `p${String(index)}`, items }));
    const { path, key } = await makeRepository(bench.folder, packages);
    contents = (index) => `contents: {repositories: [${path}], keyring: [${key}], packages: [p${String(index)}]}\n`;
  });
  after(() => bench.close());

  for (const [index, { what, yaml, code, names }] of rows.entries()) {
    test(`is refused with ${what}`, async () => {
      const error = await bench.build(contents(index) + yaml, { dryRun: true }).then(
        () => assert.fail("it was built"),
        (problem: unknown) => problem,
      );
      assert.equal(codeOf(error), code, formatError(error).slice(0, 500));
      assert.ok(formatError(error).includes(names), formatError(error).slice(0, 500));
    });
  }

  for (const [index, { what, yaml }] of harmless.entries()) {
    test(`is built with ${what}`, async () => {
      await bench.build(contents(rows.length + index) + yaml, { dryRun: true });
    });
  }
});
