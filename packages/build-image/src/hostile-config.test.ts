import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { formatError } from "@apkmill/core";
import { codeOf, openBench } from "./testing/bench.ts";
import { directory, file, makeRepository, symlink, type TestRepository } from "./testing/repository.ts";

/**
 * Configurations that try to leave the root, to overwrite the package database, to write lines of their own into a file of the image,
 * or to exhaust memory. Each is refused before anything is written, and the message names what is wrong.
 */
interface Row {
  /** What it tries. */
  readonly what: string;
  /** The configuration beside `contents`; or with it, where it begins with that key. */
  readonly yaml: string;
  readonly code: string;
  /** Text of the message that names the offender. */
  readonly names: string;
}

const row = (what: string, yaml: string, code: string, names: string): Row => ({ what, yaml, code, names });
const quoted = (text: string): string => JSON.stringify(text);

const paths = (what: string, mutation: string, names: string, code = "IMAGE_PATH"): Row =>
  row(what, `paths: [{${mutation}}]`, code, names);
const emptyFile = (what: string, path: string, names = path): Row =>
  paths(what, `path: ${quoted(path)}, type: empty-file`, names);
const user = (what: string, fields: string, names: string, code = "IMAGE_ACCOUNT"): Row =>
  row(what, `accounts: {users: [{${fields}}]}`, code, names);
const group = (what: string, fields: string, names: string, code = "IMAGE_ACCOUNT"): Row =>
  row(what, `accounts: {groups: [{${fields}}]}`, code, names);
const contents = (what: string, fields: string, code: string, names: string): Row =>
  row(what, `contents: {repositories: [@REPO@], keyring: [@KEY@], ${fields}}`, code, names);

const deep = (count: number): string => Array.from({ length: count }, () => "d").join("/");
const many = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(", ");

const leavingTheRoot: readonly Row[] = [
  emptyFile("the root", "/"),
  emptyFile("no path", "//"),
  emptyFile("the root by dots", "/etc/.."),
  emptyFile("the root by many dots", "/../../.."),
  emptyFile("a directory by a dot", "/etc/."),
  emptyFile("a link that goes round", "/round/x"),
  emptyFile("a path of 5000 bytes", `/${deep(2500)}`, "d/d/d"),
  emptyFile("a path of two million bytes", `/${deep(1_000_000)}`, "d/d/d"),
  emptyFile("a name of 256 bytes", `/${"n".repeat(256)}`, "nnn"),
  emptyFile("a name of 255 bytes in fewer characters", `/${"\u00e9".repeat(128)}`, "\u00e9"),
  emptyFile("a deletion", "/etc/.wh.passwd"),
  emptyFile("a deletion of all", "/etc/.wh..wh..opq"),
  emptyFile("something below a file", "/etc/passwd/x", "etc/passwd"),
  emptyFile("a file over a directory", "/etc"),
  paths("a directory over a file", "path: /etc/passwd, type: directory", "/etc/passwd"),
  paths("a link over a file", "path: /etc/passwd, type: symlink, source: /x", "/etc/passwd"),
  paths("a link without a source", "path: /x, type: symlink", "/x"),
  paths("a hard link to nothing", "path: /x, type: hardlink, source: /nowhere", "/nowhere"),
  paths("a hard link to a directory", "path: /x, type: hardlink, source: /etc", "/etc"),
  paths("a hard link to what is outside", "path: /x, type: hardlink, source: ../../../../etc/hosts", "etc/hosts"),
  paths("attributes of nothing", "path: /nowhere, type: permissions", "/nowhere"),
  paths("attributes of the root", "path: /, type: permissions, permissions: 0", "leads to the root"),
  row(
    "a home that is a file",
    "accounts: {users: [{username: u, uid: 5, homedir: /etc/passwd}]}",
    "IMAGE_ACCOUNT",
    "/etc/passwd",
  ),
  row(
    "a home that goes round",
    "accounts: {users: [{username: u, uid: 5, homedir: /round/x}]}",
    "IMAGE_ACCOUNT",
    "/round/x",
  ),
  row(
    "a home below a file",
    "accounts: {users: [{username: u, uid: 5, homedir: /etc/passwd/x}]}",
    "IMAGE_PATH",
    "etc/passwd",
  ),
  row(
    "a home that is a deletion",
    "accounts: {users: [{username: u, uid: 5, homedir: /home/.wh.x}]}",
    "IMAGE_PATH",
    ".wh.x",
  ),
  row(
    "a home of two million bytes",
    `accounts: {users: [{username: u, uid: 5, homedir: ${quoted(`/${deep(1_000_000)}`)}}]}`,
    "IMAGE_ACCOUNT",
    "of u",
  ),
  row(
    "a service outside of its directory",
    'entrypoint: {services: {"../../etc/init": x}}',
    "IMAGE_SYNTAX",
    "../../etc/init",
  ),
  row("a service that is a directory above", 'entrypoint: {services: {"..": x}}', "IMAGE_SYNTAX", '".."'),
  row("a service without a name", 'entrypoint: {services: {"": x}}', "IMAGE_SYNTAX", '""'),
  row(
    "a certificate outside of its directory",
    'certificates: {additional: [{name: "../../x", content: x}]}',
    "CONFIG_INVALID",
    "../../x",
  ),
  row(
    "a certificate with a hidden name",
    'certificates: {additional: [{name: ".x", content: x}]}',
    "CONFIG_INVALID",
    ".x",
  ),
  contents(
    "a key outside of its directory",
    'packages: [base], runtime_keyring: [{name: "../passwd", content: x}]',
    "CONFIG_INVALID",
    "../passwd",
  ),
];

const database = [
  "/lib/apk",
  "/lib/apk/db/installed",
  "/usr/lib/apk/db/world",
  "lib/./apk/db/triggers",
  "/db/installed",
  "/usr/../lib/apk/db/scripts.tar",
  "/etc/apk/world",
  "/etc/apk/arch",
  "/etc/apk/repositories",
  "/etc/apk/keys/evil.rsa.pub",
  "/etc/apk/keys",
  "/etc/apk",
  "/settings/world",
];

const overwritingTheDatabase: readonly Row[] = [
  ...database.map((path) => emptyFile(`a file at ${path}`, path)),
  paths("a link in the place of the database", "path: /lib/apk, type: symlink, source: /tmp", "/lib/apk"),
  paths("a further name of the database", "path: /x, type: hardlink, source: /etc/apk/world", "etc/apk/world"),
  paths("a mode of the database", "path: /db/installed, type: permissions, permissions: 0o666", "/db/installed"),
  row(
    "a home in the database",
    "accounts: {users: [{username: u, uid: 5, homedir: /lib/apk/db/u}]}",
    "IMAGE_PATH",
    "lib/apk/db/u",
  ),
  row(
    "a home among the keys",
    "accounts: {users: [{username: u, uid: 5, homedir: /etc/apk/keys/u}]}",
    "IMAGE_PATH",
    "etc/apk/keys/u",
  ),
];

const line = quoted("x\nroot2:x:0:0::/:/bin/sh");

const injectingLines: readonly Row[] = [
  user("a line in a name", `username: ${line}, uid: 5`, "root2"),
  user("fields in a name", 'username: "a:b", uid: 5', "a:b"),
  user("a line in a home", `username: u, uid: 5, homedir: ${line}`, "root2"),
  user("fields in a home", 'username: u, uid: 5, homedir: "/a:/bin/sh"', "/a:/bin/sh"),
  user("a line in a shell", `username: u, uid: 5, shell: ${line}`, "root2"),
  user("fields in a shell", 'username: u, uid: 5, shell: "/bin/sh:x"', "/bin/sh:x"),
  user("a carriage return in a shell", 'username: u, uid: 5, shell: "/bin/sh\\r"', "/bin/sh"),
  user("a zero byte in a name", 'username: "a\\0b", uid: 5', "a\\u0000b"),
  user("an account of another machine", "username: +, uid: 5", '"+"'),
  user("an exclusion of another machine's account", "username: -u, uid: 5", "-u"),
  user("a comment", 'username: "#u", uid: 5', "#u"),
  user("a path as a name", "username: ../u, uid: 5", "../u"),
  user("two names in one", 'username: "a,b", uid: 5', "a,b"),
  user("a name of 256 bytes", `username: ${"n".repeat(256)}, uid: 5`, "nnn"),
  user("an empty name", 'username: "", uid: 5', "expected text", "CONFIG_INVALID"),
  user("the name of root", "username: root, uid: 5", "root"),
  user("the number of root", "username: u, uid: 0", "UID 0", "CONFIG_INVALID"),
  user("a negative number", "username: u, uid: -1", "-1", "CONFIG_INVALID"),
  user("a number over 32 bits", "username: u, uid: 4294967296", "4294967296", "CONFIG_INVALID"),
  user("the number that means no change", "username: u, uid: 4294967295", "4294967295"),
  user("the group that means no change", "username: u, uid: 5, gid: 4294967295", "4294967295"),
  group("a line in a name", `groupname: ${line}, gid: 5`, "root2"),
  group("fields in a name", 'groupname: "a:b", gid: 5', "a:b"),
  group("a line in a member", `groupname: g, gid: 5, members: [${line}]`, "root2"),
  group("fields in a member", 'groupname: g, gid: 5, members: ["a:b"]', "a:b"),
  group("two members in one", 'groupname: g, gid: 5, members: ["a,b"]', "a,b"),
  group("an empty member", 'groupname: g, gid: 5, members: [""]', '"g"'),
  group("another number for root", "groupname: root, gid: 5", "root"),
  group("the number that means no change", "groupname: g, gid: 4294967295", "4294967295"),
  row("a line in the user of the image", `accounts: {run-as: ${line}}`, "IMAGE_SYNTAX", "run-as"),
  row("a line in a path", `paths: [{path: ${quoted("/etc/a\nb")}, type: empty-file}]`, "IMAGE_PATH", "a\\nb"),
  row(
    "a line in the text of a link",
    `paths: [{path: /x, type: symlink, source: ${quoted("a\nb")}}]`,
    "IMAGE_PATH",
    "/x",
  ),
  row("a line in the name of a service", `entrypoint: {services: {${quoted("a\nb")}: x}}`, "IMAGE_SYNTAX", "a\\nb"),
  row("a zero byte in a service", 'entrypoint: {services: {web: "a\\0b"}}', "IMAGE_SYNTAX", "web"),
  row("a carriage return in a service", 'entrypoint: {services: {web: "a\\rb"}}', "IMAGE_SYNTAX", "web"),
  row("a variable in the name of another", 'environment: {"A=B": c}', "IMAGE_SYNTAX", "A=B"),
  row("a line in the name of a variable", `environment: {${quoted("A\nB")}: c}`, "IMAGE_SYNTAX", "A\\nB"),
  row("a variable without a name", 'environment: {"": c}', "IMAGE_SYNTAX", "environment"),
  row("a zero byte in a variable", 'environment: {A: "a\\0b"}', "IMAGE_SYNTAX", "A"),
  row("a zero byte in the command", 'cmd: "a\\0b"', "IMAGE_SYNTAX", "cmd"),
  row("a line in the working directory", `work-dir: ${quoted("/a\nb")}`, "IMAGE_SYNTAX", "work-dir"),
  row("a line in the stop signal", `stop-signal: ${quoted("TERM\nKILL")}`, "IMAGE_SYNTAX", "stop-signal"),
  row("a volume without a path", 'volumes: [""]', "IMAGE_SYNTAX", "volumes"),
  row("a line in a volume", `volumes: [${quoted("/a\n/b")}]`, "IMAGE_SYNTAX", "volumes"),
  row("an open quote in the command", `cmd: "a 'b"`, "IMAGE_SYNTAX", "cmd"),
  contents("a line in the world", `packages: [base, ${quoted("x\nevil")}]`, "APK_BAD_DEPENDENCY", "evil"),
  contents(
    "a line in the repositories",
    `packages: [base], runtime_repositories: [${quoted("https://a.test/x\nhttps://evil.test")}]`,
    "ROOTFS_BAD_REQUEST",
    "evil",
  ),
];

const nobody = "4294967295";

const noCertificate = "expected one CERTIFICATE";
const attributesOfNobody: readonly Row[] = [
  paths("an owner that means no change", `path: /x, type: empty-file, uid: ${nobody}`, "/x"),
  paths("a group that means no change", `path: /x, type: directory, gid: ${nobody}`, "/x"),
  paths("an owner over 32 bits", "path: /x, type: directory, uid: 4294967296", "4294967296", "CONFIG_INVALID"),
  paths("a mode with the bits of a file type", "path: /x, type: empty-file, permissions: 0o100644", "0o100644"),
  paths("a negative mode", "path: /x, type: directory, permissions: -1", "-1", "CONFIG_INVALID"),
  paths(
    "a mode over 32 bits",
    "path: /x, type: directory, permissions: 0o77777777777",
    "0o77777777777",
    "CONFIG_INVALID",
  ),
  paths("an unknown type", "path: /x, type: socket", "socket", "CONFIG_INVALID"),
];

const pem = (label: string, body = "AAAA"): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const certificate = (what: string, content: string, names = noCertificate): Row =>
  row(what, `certificates: {additional: [{name: mine, content: ${quoted(content)}}]}`, "IMAGE_CERTIFICATE", names);

const wrongPem: readonly Row[] = [
  certificate("text", "hello", "mine"),
  certificate("an empty block", pem("CERTIFICATE", ""), "mine"),
  certificate("bytes that are no certificate", pem("CERTIFICATE"), "mine"),
  certificate("a private key", pem("PRIVATE KEY"), "PRIVATE KEY"),
  certificate("a private key of another kind", pem("RSA PRIVATE KEY"), "RSA PRIVATE KEY"),
  certificate("two certificates", pem("CERTIFICATE") + pem("CERTIFICATE"), "2 certificates"),
  certificate("a private key behind a certificate", pem("CERTIFICATE") + pem("PRIVATE KEY"), "PRIVATE KEY"),
  certificate("a block that does not end", "-----BEGIN CERTIFICATE-----\nAAAA\n", "mine"),
  certificate("an empty text", " ", "mine"),
  contents(
    "a runtime key that is none",
    "packages: [base], runtime_keyring: [{name: k.rsa.pub, content: hello}]",
    "KEY_FORMAT",
    "k.rsa.pub",
  ),
  contents(
    "a private key as a runtime key",
    `packages: [base], runtime_keyring: [{name: k.rsa.pub, content: ${quoted(pem("PRIVATE KEY"))}}]`,
    "KEY_FORMAT",
    "k.rsa.pub",
  ),
  contents(
    "a private key behind a runtime key",
    `packages: [base], runtime_keyring: [{name: k.rsa.pub, content: ${quoted(pem("PUBLIC KEY") + pem("PRIVATE KEY"))}}]`,
    "IMAGE_KEY",
    "k.rsa.pub",
  ),
  contents(
    "two runtime keys of one name",
    "packages: [base], runtime_keyring: [{name: k, content: x}, {name: k, content: y}]",
    "CONFIG_INVALID",
    "k",
  ),
  contents(
    "a runtime key with the name of a package's",
    "packages: [base], runtime_keyring: [{name: package.rsa.pub, content: @PEM@}]",
    "IMAGE_KEY",
    "package.rsa.pub",
  ),
];

const anchored = (value: string, yaml: string): string =>
  `# ${"-".repeat(10)}\nannotations: {a: &v ${quoted(value)}}\n${yaml}`;
const half = "v".repeat(60_000);

const exhausting: readonly Row[] = [
  row(
    "a thousand groups of the same thousand members",
    anchored(
      "x",
      `accounts: {groups: [{groupname: g, gid: 1, members: &m [${many(2000, (index) => `member${String(index)}`)}]}, ${many(1500, (index) => `{groupname: g${String(index)}, gid: 1, members: *m}`)}]}`,
    ),
    "CONFIG_INVALID",
    "aliases",
  ),
  row("a variable that no process can be given", `environment: {A: ${"a".repeat(131_072)}}`, "LIMIT_EXCEEDED", '"A"'),
  row("a command that no process can be given", `cmd: ${"a".repeat(131_072)}`, "LIMIT_EXCEEDED", "cmd"),
  row(
    "a hundred large variables",
    anchored(half, `environment: {${many(120, (index) => `A${String(index)}: *v`)}}`),
    "LIMIT_EXCEEDED",
    "environment",
  ),
  row(
    "a hundred large annotations",
    `environment: {x: &v ${half}}\nannotations: {${many(80, (index) => `a${String(index)}: *v`)}}`,
    "LIMIT_EXCEEDED",
    "annotations",
  ),
  row(
    "a hundred large services",
    anchored(half, `entrypoint: {services: {${many(90, (index) => `s${String(index)}: *v`)}}}`),
    "LIMIT_EXCEEDED",
    "services",
  ),
  row(
    "a thousand deep paths",
    `paths: [${many(200, (index) => `{path: /${String(index)}/${deep(1900)}, type: directory}`)}]`,
    "LIMIT_EXCEEDED",
    "generated",
  ),
  row(
    "a thousand deep homes",
    `accounts: {users: [${many(200, (index) => `{username: u${String(index)}, uid: 5, homedir: /${String(index)}/${deep(1900)}}`)}]}`,
    "LIMIT_EXCEEDED",
    "generated",
  ),
  row(
    "attributes of a large tree again and again",
    `paths: [${many(1000, (index) => `{path: /r/${String(index)}/${deep(30)}, type: directory}`)}, &p {path: /r, type: permissions, permissions: 0o700, recursive: true}, ${many(99, () => "*p")}]`,
    "LIMIT_EXCEEDED",
    "paths",
  ),
  row(
    "more paths than a package may have",
    `paths: [&p {path: /x, type: empty-file}, ${many(120_001, () => "*p")}]`,
    "CONFIG_INVALID",
    "words and signs",
  ),
];

describe("a hostile configuration", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;

  before(async () => {
    bench = await openBench();
    repository = await makeRepository(bench.folder, [
      {
        name: "base",
        items: [
          file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
          file("etc/group", "root:x:0:root\n"),
          file("etc/apk/keys/package.rsa.pub", "a key\n"),
          directory("lib"),
          symlink("db", "lib/apk/db"),
          symlink("settings", "/etc/apk"),
          symlink("round", "round"),
        ],
      },
    ]);
  });
  after(() => bench.close());

  const groups: Readonly<Record<string, readonly Row[]>> = {
    "leaves the root": leavingTheRoot,
    "overwrites the package database": overwritingTheDatabase,
    "injects lines": injectingLines,
    "has owners or modes that are none": attributesOfNobody,
    "has wrong PEM": wrongPem,
    "exhausts memory": exhausting,
  };
  for (const [how, rows] of Object.entries(groups)) {
    describe(`that ${how}`, () => {
      for (const { what, yaml, code, names } of rows) {
        test(`is refused: ${what}`, async () => {
          const whole = yaml.startsWith("contents:")
            ? yaml
            : `contents: {repositories: [@REPO@], keyring: [@KEY@], packages: [base]}\n${yaml}`;
          const { path, key } = repository;
          const publicKey = quoted(readFileSync(key, "utf8"));
          const text = whole.replaceAll("@REPO@", path).replaceAll("@KEY@", key).replaceAll("@PEM@", publicKey);
          const error = await bench.build(text, { dryRun: true }).then(
            () => assert.fail("it was built"),
            (problem: unknown) => problem,
          );
          assert.equal(codeOf(error), code, formatError(error).slice(0, 500));
          assert.ok(formatError(error).includes(names), formatError(error).slice(0, 500));
        });
      }
    });
  }
});
