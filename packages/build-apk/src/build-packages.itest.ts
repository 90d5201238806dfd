import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  generateKey,
  keyringOf,
  loadSigningKey,
  parsePublicKey,
  readIndex,
  requireIndexSigner,
  verifyPackageFile,
} from "@apkmill/apk";
import { defaultLimits } from "@apkmill/core";
import { buildPackages } from "./build-packages.ts";
import {
  alpine,
  alpineOnArm,
  buildPorts,
  corpusOptions,
  temporaryFolder,
  whyNot,
  writeConfigs,
} from "./testing/build-fixture.ts";

const skip = await whyNot(alpine);
const skipArm = await whyNot(alpineOnArm);

const hello = `
package:
  name: hello
  version: "1.2"
  epoch: 3
  description: says
    hello
  url: https://example.org/hello
  copyright: [{license: MIT}]
  dependencies: {runtime: [busybox], provides: [greeter=1]}
  checks: {disabled: [setuidgid]}
environment:
  contents: {packages: [alpine-baselayout, busybox]}
  environment: {GREETING: hello}
pipeline:
  - name: install
    runs: |
      mkdir -p \${{targets.destdir}}/usr/bin \${{targets.destdir}}/usr/share/man/man1 \${{targets.destdir}}/etc/hello
      printf '#!/bin/sh\\necho "%s from %s"\\n' "$GREETING" \${{package.version}} > \${{targets.destdir}}/usr/bin/hello
      chmod 755 \${{targets.destdir}}/usr/bin/hello
      ln \${{targets.destdir}}/usr/bin/hello \${{targets.destdir}}/usr/bin/hi
      ln -s hello \${{targets.destdir}}/usr/bin/greet
      cp \${{targets.destdir}}/usr/bin/hello \${{targets.destdir}}/usr/bin/raised
      chmod 4755 \${{targets.destdir}}/usr/bin/raised
      chmod 1777 \${{targets.destdir}}/etc/hello
      echo .TH hello > \${{targets.destdir}}/usr/share/man/man1/hello.1
      touch \${{targets.destdir}}/etc/hello/made
      id -u > \${{targets.destdir}}/etc/hello/uid
      pwd > \${{targets.destdir}}/etc/hello/pwd
      stat -c '%a %Y' hello.yaml > \${{targets.destdir}}/etc/hello/source
subpackages:
  - name: hello-doc
    description: manual of hello
    pipeline:
      - uses: split/manpages
`;

const user = `
package: {name: user, version: "1", epoch: 0, copyright: [{license: MIT}]}
environment: {contents: {packages: [alpine-baselayout, busybox, hello]}}
pipeline:
  - runs: |
      mkdir -p \${{targets.destdir}}/usr/share/user
      hello > \${{targets.destdir}}/usr/share/user/said
`;

test(
  "two configurations are built in dependency order, the second with the first's package, and remembered",
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const lines: string[] = [];
    const ports = await buildPorts(folder, lines);
    const [helloPath = "", userPath = ""] = writeConfigs(folder, { hello, user });
    const options = corpusOptions(alpine, folder, [userPath, helloPath]);

    const { packages, indexes, warnings } = await buildPackages(ports, options);
    assert.deepEqual(
      packages.map(({ name, version, cached }) => [name, version, cached]),
      [
        ["hello", "1.2-r3", false],
        ["hello-doc", "1.2-r3", false],
        ["user", "1-r0", false],
      ],
    );
    assert.deepEqual(indexes, [join(folder, "out/x86_64/APKINDEX.tar.gz")]);
    assert.ok(warnings.some((warning) => warning.startsWith("[setuidgid] hello")));
    const index = readIndex(readFileSync(indexes[0] ?? ""), { limits: defaultLimits });
    assert.deepEqual(
      index.records.map(({ name, origin }) => [name, origin]),
      [
        ["hello", "hello"],
        ["hello-doc", "hello"],
        ["user", "user"],
      ],
    );

    const again = await buildPackages(ports, options);
    assert.ok(again.packages.every(({ cached }) => cached));
    assert.deepEqual(
      again.packages.map(({ sha256 }) => sha256),
      packages.map(({ sha256 }) => sha256),
    );
    assert.deepEqual(
      readdirSync(join(folder, "out/x86_64")).filter((name) => name.startsWith(".")),
      [],
    );
  },
);

test("a package holds what the steps made, as they made it, and says what it needs and offers", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const ports = await buildPorts(folder);
  const { packages } = await buildPackages(ports, corpusOptions(alpine, folder, writeConfigs(folder, { hello })));
  const read = await verifyPackageFile(packages[0]?.path ?? "", keyringOf([]), defaultLimits, { allowUntrusted: true });
  const { control } = read;
  assert.equal(control.description, "says hello");
  assert.equal(control.license, "MIT");
  assert.equal(control.buildTime, 1_700_000_000);
  assert.deepEqual(control.depends, ["busybox"]);
  assert.deepEqual(control.provides, ["cmd:hello=1.2-r3", "cmd:hi=1.2-r3", "cmd:raised=1.2-r3", "greeter=1"]);

  const entries = new Map(read.entries.map((entry) => [entry.path, entry]));
  assert.equal(entries.get("usr/bin/raised")?.mode, 0o4755);
  assert.equal(entries.get("etc/hello")?.mode, 0o1777);
  assert.deepEqual(
    [entries.get("usr/bin/hi")?.type, entries.get("usr/bin/hi")?.linkPath],
    ["hardlink", "usr/bin/hello"],
  );
  assert.deepEqual([entries.get("usr/bin/greet")?.type, entries.get("usr/bin/greet")?.linkPath], ["symlink", "hello"]);
  assert.equal(entries.has("usr/share/man/man1/hello.1"), false);
  assert.equal(entries.get("var/lib/db/sbom/hello-1.2-r3.spdx.json")?.type, "file");
  assert.ok(
    [...entries.values()].every(
      ({ uid, gid, uname, mtime }) => uid === 0 && gid === 0 && uname === "root" && mtime === 1_700_000_000,
    ),
  );
  assert.deepEqual(unpacked(packages[0]?.path, "etc/hello/uid", "etc/hello/pwd", "etc/hello/source"), [
    "0",
    "/home/build",
    "644 1700000000",
  ]);
});

/** Contents of files in a package, as tar reads them. */
function unpacked(path = "", ...names: readonly string[]): string[] {
  return names.map((name) => spawnSync("tar", ["-xzOf", path, name], { encoding: "utf8" }).stdout.trim());
}

test("the same input gives the same bytes under another umask, zone, locale, folder and store", { skip }, async (t) => {
  const build = async (): Promise<Buffer[]> => {
    const folder = temporaryFolder(t);
    const ports = await buildPorts(folder);
    const { packages, indexes } = await buildPackages(
      ports,
      corpusOptions(alpine, folder, writeConfigs(folder, { hello, user })),
    );
    return [...packages.map(({ path }) => path), ...indexes].map((path) => readFileSync(path));
  };
  const first = await build();
  const { TZ, LANG } = process.env;
  const umask = process.umask(0o077);
  Object.assign(process.env, { TZ: "Pacific/Auckland", LANG: "de_DE.UTF-8" });
  try {
    assert.deepEqual(await build(), first);
  } finally {
    process.umask(umask);
    process.env["TZ"] = TZ;
    process.env["LANG"] = LANG;
  }
});

const skipUser = process.getuid?.() === 0 ? skip : "needs root to become another user";

test("an ordinary user gets the bytes that root gets", { skip: skipUser }, async (t) => {
  const folder = temporaryFolder(t);
  const configs = writeConfigs(folder, { hello });
  const options = corpusOptions(alpine, folder, configs);
  const { packages } = await buildPackages(await buildPorts(folder), options);

  const home = join(folder, "theirs");
  mkdirSync(home);
  chownSync(home, 65534, 65534);
  chmodSync(folder, 0o755);
  const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
    process.env.TMPDIR = ${JSON.stringify(home)};
    const { buildPackages } = await import(${module("./build-packages.ts")});
    const { buildPorts } = await import(${module("./testing/build-fixture.ts")});
    const ports = await buildPorts(${JSON.stringify(home)});
    const built = await buildPackages(ports, ${JSON.stringify({ ...options, outDir: join(home, "out") })});
    console.log(JSON.stringify(built.packages.map(({ sha256 }) => sha256)));`;
  const asNobody = [
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    process.execPath,
    "--input-type=module",
    "-e",
    program,
  ];
  const ran = spawnSync("setpriv", asNobody, { encoding: "utf8", cwd: "/" });
  if (/SANDBOX_FORBIDDEN|user namespaces/.test(ran.stderr)) {
    t.skip("needs user namespaces for ordinary users");
    return;
  }
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(
    JSON.parse(ran.stdout),
    packages.map(({ sha256 }) => sha256),
  );
});

test("packages and index are signed after the build, and no step could see the key", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const { privatePem, publicPem } = await generateKey(2048);
  const keyPath = join(folder, "mill.rsa");
  writeFileSync(keyPath, privatePem);
  const look = `
package: {name: look, version: "1", epoch: 0}
environment: {contents: {packages: [alpine-baselayout, busybox]}}
pipeline:
  - runs: |
      ! env | grep -i 'private\\|signing'
      ! grep -rl 'BEGIN.*PRIVATE' /home /tmp /etc /root /var /proc/self/environ /proc/1/cmdline
      mkdir -p \${{targets.destdir}}/usr/share/look
      touch \${{targets.destdir}}/usr/share/look/done
`;
  const options = {
    ...corpusOptions(alpine, folder, writeConfigs(folder, { look })),
    signingKey: await loadSigningKey(keyPath),
  };
  const ports = await buildPorts(folder);
  const { packages, indexes } = await buildPackages(ports, options);
  const keyring = keyringOf([parsePublicKey("mill.rsa.pub", publicPem)]);
  const verified = await verifyPackageFile(packages[0]?.path ?? "", keyring, defaultLimits);
  assert.equal(verified.signer, "mill.rsa.pub");
  const index = readIndex(readFileSync(indexes[0] ?? ""), { limits: defaultLimits });
  assert.equal(requireIndexSigner(index, keyring, "index"), "mill.rsa.pub");
  assert.equal(createPublicKey(privatePem).equals(createPublicKey(publicPem)), true);
});

const failing = (script: string, more = ""): string => `
package: {name: failing, version: "1", epoch: 0${more}}
environment: {contents: {packages: [alpine-baselayout, busybox]}}
pipeline:
  - name: first
    runs: "true"
  - name: breaks
    runs: |
      ${script}
`;

test(
  "a step that fails is named with its place, its code and its last lines, and leaves no package",
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const [path = ""] = writeConfigs(folder, { failing: failing("echo about to; exit 7") });
    await assert.rejects(buildPackages(await buildPorts(folder), corpusOptions(alpine, folder, [path])), {
      code: "BUILD_STEP_FAILED",
      kind: "pipeline",
      message: /step "breaks" of failing: expected exit code 0, found 7; its last lines:\n {4}about to/,
      context: { file: path, line: 7, package: "failing" },
    });
    assert.equal(existsSync(join(folder, "out")), false);
  },
);

test("a build that takes too long ends, and so does one that is cancelled", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const [slow = ""] = writeConfigs(folder, { slow: failing("sleep 60", ", timeout: 1s") });
  const ports = await buildPorts(folder);
  await assert.rejects(buildPackages(ports, corpusOptions(alpine, folder, [slow])), { code: "BUILD_TIMEOUT" });
  const signal = AbortSignal.timeout(800);
  await assert.rejects(
    buildPackages({ ...ports, signal }, { ...corpusOptions(alpine, folder, [slow]), timeoutMs: 60_000 }),
  );
  assert.equal(existsSync(join(folder, "out")), false);
});

test("steps get variables from files, which no package records", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "secret.env"), "TOKEN=not-for-the-record\n");
  const [path = ""] = writeConfigs(folder, {
    failing: failing('[ "${#TOKEN}" = 18 ] && mkdir -p ${{targets.destdir}}/usr && touch ${{targets.destdir}}/usr/x'),
  });
  const options = { ...corpusOptions(alpine, folder, [path]), envFiles: [join(folder, "secret.env")] };
  const { packages } = await buildPackages(await buildPorts(folder), options);
  const [record = ""] = unpacked(packages[0]?.path, ".melange.yaml");
  assert.match(record, /busybox=1\.36\.1-r15/);
  assert.doesNotMatch(record, /not-for-the-record/);
});

test("an environment that nothing provides is refused with the reasons", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const text = failing("true").replace("busybox]", "busybox, no-such-package]");
  const configs = writeConfigs(folder, { failing: text });
  await assert.rejects(
    buildPackages(await buildPorts(folder), corpusOptions(alpine, folder, configs)),
    (error: unknown) => {
      assert.equal((error as { code: string }).code, "BUILD_ENVIRONMENT");
      assert.match(JSON.stringify((error as { reasons: unknown }).reasons), /no-such-package/);
      return true;
    },
  );
});

test("a package for arm64 is built by arm64 programs", { skip: skipArm }, async (t) => {
  const folder = temporaryFolder(t);
  const arm = `
package: {name: machine, version: "1", epoch: 0}
environment: {contents: {packages: [alpine-baselayout, busybox]}}
pipeline:
  - runs: |
      mkdir -p \${{targets.destdir}}/usr/share/machine
      uname -m > \${{targets.destdir}}/usr/share/machine/name
`;
  const options = corpusOptions(alpineOnArm, folder, writeConfigs(folder, { machine: arm }));
  const { packages } = await buildPackages(await buildPorts(folder), { ...options, archs: ["arm64"] });
  assert.equal(packages[0]?.arch, "aarch64");
  assert.deepEqual(unpacked(packages[0].path, "usr/share/machine/name"), ["aarch64"]);
});

test("steps run as the user that the configuration names, and what they make is root's", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const named = failing(
    "id -un > uid && mkdir ${{targets.destdir}}/usr && cp uid ${{targets.destdir}}/usr/uid",
  ).replace("environment: {", "environment: {accounts: {run-as: build}, ");
  const { packages } = await buildPackages(
    await buildPorts(folder),
    corpusOptions(alpine, folder, writeConfigs(folder, { named })),
  );
  assert.deepEqual(unpacked(packages[0]?.path, "usr/uid"), ["build"]);
  const read = await verifyPackageFile(packages[0]?.path ?? "", keyringOf([]), defaultLimits, { allowUntrusted: true });
  assert.ok(read.entries.every(({ uid, gid }) => uid === 0 && gid === 0));
});

test("a build that is killed leaves only whole packages under final names", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const options = { ...corpusOptions(alpine, folder, writeConfigs(folder, { hello })), reuse: false };
  const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
    const { buildPackages } = await import(${module("./build-packages.ts")});
    const { buildPorts } = await import(${module("./testing/build-fixture.ts")});
    const ports = await buildPorts(${JSON.stringify(folder)});
    process.stdout.write("ready");
    await buildPackages(ports, ${JSON.stringify(options)});`;
  for (const afterMs of [250, 400, 500]) {
    const env = { ...process.env, TMPDIR: folder };
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), afterMs));
    await new Promise((resolve) => child.once("close", resolve));
    const out = join(folder, "out/x86_64");
    for (const name of existsSync(out) ? readdirSync(out) : []) {
      if (name.startsWith(".") || !name.endsWith(".apk")) continue;
      await verifyPackageFile(join(out, name), keyringOf([]), defaultLimits, { allowUntrusted: true });
    }
  }
});

test("the real apk client verifies our index and packages, and installs them", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const { privatePem, publicPem } = await generateKey(2048);
  const signingKey = await loadSigningKey(privatePem, { name: "mill.rsa.pub" });
  const [helloPath = "", clientPath = ""] = writeConfigs(folder, {
    hello,
    client: `
package: {name: client, version: "1", epoch: 0}
environment: {contents: {packages: [alpine-baselayout, busybox, apk-tools]}}
pipeline:
  - runs: |
      apk verify --keys-dir "$PWD" /var/cache/melange/x86_64/hello-1.2-r3.apk
      ! apk verify --keys-dir /nowhere /var/cache/melange/x86_64/hello-1.2-r3.apk
      # Only our own repository: what hello depends on is taken for given.
      apk add --root /tmp/r --initdb --no-network --keys-dir "$PWD" --repository /var/cache/melange \
        --repositories-file /dev/null --virtual busybox
      apk add --root /tmp/r --no-network --keys-dir "$PWD" --repository /var/cache/melange \
        --repositories-file /dev/null --no-scripts hello
      mkdir -p \${{targets.destdir}}/usr/share/client
      apk info --root /tmp/r -v | sort > \${{targets.destdir}}/usr/share/client/installed
      apk audit --root /tmp/r --system > \${{targets.destdir}}/usr/share/client/audit
      stat -c '%a %h' /tmp/r/usr/bin/raised /tmp/r/usr/bin/hi >> \${{targets.destdir}}/usr/share/client/installed
`,
  });
  writeFileSync(join(folder, "configs/client/mill.rsa.pub"), publicPem);
  const ports = await buildPorts(folder);
  const options = { ...corpusOptions(alpine, folder, [helloPath]), signingKey };
  await buildPackages(ports, options);
  const { packages } = await buildPackages(ports, { ...options, configs: [clientPath], cacheDir: join(folder, "out") });
  const [installed = "", audit] = unpacked(packages[0]?.path, "usr/share/client/installed", "usr/share/client/audit");
  assert.deepEqual(
    installed.split("\n").filter((line) => !line.startsWith("busybox-")),
    ["hello-1.2-r3", "4755 1", "755 2"],
  );
  assert.equal(audit, "");
});
