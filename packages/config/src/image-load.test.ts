import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { loadImageConfig, parseImageConfig } from "./image-load.ts";

async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "apkmill-image-"));
  t.after(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir, name, ".."), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

interface Found {
  readonly code: string;
  readonly place: string;
  readonly message: string;
  readonly hint: string;
}

function problemsOf(error: unknown): readonly Found[] {
  assert.ok(isEngineError(error), String(error));
  return error.problems.map(({ code, context: { file, line, column }, message, hint = "" }) => ({
    code,
    place: `${file?.split("/").at(-1) ?? ""}:${String(line)}:${String(column)}`,
    message,
    hint,
  }));
}

function refusalOf(text: string): readonly Found[] {
  try {
    parseImageConfig(text, "apko.yaml");
  } catch (error) {
    return problemsOf(error);
  }
  return [];
}

async function loadRefusal(path: string, includePaths: readonly string[] = []): Promise<readonly Found[]> {
  return loadImageConfig(path, { includePaths }).then(() => [], problemsOf);
}

test("a configuration has every list and the defaults", () => {
  const image = parseImageConfig(
    [
      "contents: {repositories: ['https://example.invalid/os/', '@local ./packages/'], packages: [a, 'b=1']}",
      "entrypoint: {command: /bin/sh -l}",
      "accounts: {run-as: 65532, users: [{username: nonroot, uid: 65532}], groups: [{groupname: nonroot, gid: 65532}]}",
      "archs: [x86_64, aarch64, arm/v7]",
      "environment: {A: 1, B: true}",
      "paths: [{path: /x, type: directory, permissions: 0o755, uid: 1}, {path: /y, type: symlink, source: /x}]",
      "layering: {}",
    ].join("\n"),
  );
  assert.deepEqual(image.contents.repositories, ["https://example.invalid/os", "@local ./packages"]);
  assert.deepEqual(image.contents.packages, ["a", "b=1"]);
  assert.equal(image.accounts.runAs, "65532");
  assert.deepEqual(image.accounts.users, [
    { userName: "nonroot", uid: 65532, gid: 65532, shell: "/bin/sh", homeDir: "/home/nonroot" },
  ]);
  assert.deepEqual(image.archs, ["amd64", "arm64", "arm/v7"]);
  assert.deepEqual(image.environment, { A: "1", B: "true" });
  assert.deepEqual(image.paths, [
    { path: "/x", type: "directory", uid: 1, permissions: 0o755, source: "", recursive: false },
    { path: "/y", type: "symlink", source: "/x", recursive: false },
  ]);
  assert.equal(image.layering, undefined);
  assert.deepEqual(image.volumes, []);
});

/** Texts with the code and the position of what is refused: apko's decoder or its validation refuses each (reference apko §1, §1.1). */
const refusals: readonly (readonly [text: string, code: string, place: string])[] = [
  ["accounts:\n  recursive: true", "CONFIG_UNKNOWN_KEY", "2:3"],
  ["os-release: {}", "CONFIG_UNKNOWN_KEY", "1:1"],
  ["'~': x", "CONFIG_UNKNOWN_KEY", "1:1"],
  ['"<<": {cmd: x}', "CONFIG_UNKNOWN_KEY", "1:1"],
  ["cmd: a\ncmd: b", "CONFIG_DUPLICATE_KEY", "2:1"],
  ["environment: {a: b, a: c}", "CONFIG_DUPLICATE_KEY", "1:21"],
  [
    "x: &x {a: b}\nenvironment: {<<: *x, <<: *x}".replace("x: &x {a: b}", "annotations: &x {a: b}"),
    "CONFIG_DUPLICATE_KEY",
    "2:23",
  ],
  ["environment: &x [a]", "CONFIG_WRONG_TYPE", "1:17"],
  ["environment: {<<: ~}", "CONFIG_WRONG_TYPE", "1:19"],
  ["environment: {[a]: b}", "CONFIG_WRONG_TYPE", "1:15"],
  ["cmd: a\n: b", "CONFIG_WRONG_TYPE", "2:1"],
  ["environment: {a: [b]}", "CONFIG_WRONG_TYPE", "1:18"],
  ["contents: [a]", "CONFIG_WRONG_TYPE", "1:11"],
  ["contents: ''", "CONFIG_WRONG_TYPE", "1:11"],
  ["volumes: a", "CONFIG_WRONG_TYPE", "1:10"],
  ["cmd: !!int a", "CONFIG_WRONG_TYPE", "1:12"],
  ["cmd: *x", "CONFIG_SYNTAX", "1:6"],
  ["cmd: 'x", "CONFIG_SYNTAX", "1:8"],
  ["archs:\n  - x86_64\n  - host", "CONFIG_BAD_VALUE", "3:5"],
  ["accounts: {users: [{username: root, uid: 0}]}", "CONFIG_BAD_VALUE", "1:42"],
  ["accounts: {users: [{username: '', uid: 1}]}", "CONFIG_BAD_VALUE", "1:31"],
  ["accounts: {users: [{username: a}]}", "CONFIG_MISSING_KEY", "1:20"],
  ["accounts: {users: [{username: ~, uid: 1}]}", "CONFIG_MISSING_KEY", "1:20"],
  ["accounts: {users: [{username: a, uid: -1}]}", "CONFIG_WRONG_TYPE", "1:39"],
  ["accounts: {users: [{username: a, uid: 4294967296}]}", "CONFIG_WRONG_TYPE", "1:39"],
  ["accounts: {users: [{username: a, uid: '1'}]}", "CONFIG_WRONG_TYPE", "1:39"],
  ["accounts: {groups: [{groupname: ''}]}", "CONFIG_BAD_VALUE", "1:33"],
  ["accounts: {groups: [{gid: 1}]}", "CONFIG_MISSING_KEY", "1:21"],
  ["paths: [{path: /x, type: file}]", "CONFIG_BAD_VALUE", "1:26"],
  ["paths: [{path: /x, type: directory, recursive: 'true'}]", "CONFIG_WRONG_TYPE", "1:48"],
  ["format: erofs", "CONFIG_BAD_VALUE", "1:9"],
  ["layering: {strategy: best}", "CONFIG_BAD_VALUE", "1:22"],
  ["layering: {budget: 3}", "CONFIG_BAD_VALUE", "1:11"],
  ["layering: {strategy: origin, budget: -1}", "CONFIG_WRONG_TYPE", "1:38"],
  ["certificates: {additional: [{name: ../x, content: y}]}", "CONFIG_BAD_VALUE", "1:36"],
  ["certificates: {additional: [{name: .x, content: y}]}", "CONFIG_BAD_VALUE", "1:36"],
  ["certificates: {additional: [{content: y}]}", "CONFIG_MISSING_KEY", "1:29"],
  ["contents: {runtime_keyring: [{name: a, content: ''}]}", "CONFIG_BAD_VALUE", "1:49"],
  ["contents: {runtime_keyring: [{name: a, content: x}, {name: a, content: y}]}", "CONFIG_BAD_VALUE", "1:53"],
  ["contents: {baseimage: {apkindex: y}}", "CONFIG_MISSING_KEY", "1:23"],
  ["contents: {baseimage: {image: x, apkindex: y}}\ncmd: z", "CONFIG_BAD_VALUE", "2:1"],
  ["include: base.yaml", "CONFIG_UNSUPPORTED", "1:10"],
  ["# nothing", "CONFIG_EMPTY", "1:1"],
];

for (const [text, code, place] of refusals) {
  test(`${JSON.stringify(text)} is refused with ${code} at ${place}`, () => {
    assert.deepEqual(
      refusalOf(text).map((found) => [found.code, found.place]),
      [[code, `apko.yaml:${place}`]],
    );
  });
}

/** Unknown keys, and what the hint says was meant. */
const likely: readonly (readonly [text: string, hint: RegExp])[] = [
  ["accounts: {run_as: x}", /^did you mean `run-as`\?$/],
  ["accounts: {user: []}", /^did you mean `users`\?$/],
  ["paths: [{path: /a, type: directory, resursive: true}]", /^did you mean `recursive`\?$/],
  ["accounts: {recursive: true}", /`recursive`, which belongs in an entry of `paths`/],
  ["packages: [a]", /`packages`, which belongs in `contents`/],
  ["accounts: {users: [{username: a, uid: 1, run-as: a}]}", /`run-as`, which belongs in `accounts`/],
  ["contents: {archs: []}", /`archs`, which belongs at the top level/],
  ["workdir: /", /^did you mean `work-dir`\?$/],
  ["entrypoint: {shell_fragment: x}", /^did you mean `shell-fragment`\?$/],
  ["contents: {runtime-keyring: []}", /^did you mean `runtime_keyring`/],
  ["os-release: {}", /packages bring etc\/os-release/],
  ["entrypoint: {zzzzzz: 1}", /^use one of type, command, shell-fragment, services$/],
];

for (const [text, hint] of likely) {
  test(`the hint to ${text} names what was meant`, () => {
    assert.match(refusalOf(text)[0]?.hint ?? "", hint);
  });
}

test("all problems of a file are told at once, by position", () => {
  const text = "cmd: [x]\naccounts:\n  users: [{uid: 0}]\n  other: 1\nformat: erofs\narchs: [sparc]\n";
  assert.deepEqual(
    refusalOf(text).map(({ code, place }) => `${code} ${place}`),
    [
      "CONFIG_WRONG_TYPE apko.yaml:1:6",
      "CONFIG_MISSING_KEY apko.yaml:3:11",
      "CONFIG_BAD_VALUE apko.yaml:3:17",
      "CONFIG_UNKNOWN_KEY apko.yaml:4:3",
      "CONFIG_BAD_VALUE apko.yaml:5:9",
      "CONFIG_BAD_VALUE apko.yaml:6:9",
    ],
  );
});

test("each key that cannot stand beside a base image is named where it stands", () => {
  const text =
    "contents: {baseimage: {image: x}, packages: [a]}\narchs: [amd64]\nvolumes: [/a]\ncmd: ''\nwork-dir: /\npaths: []\nenvironment: {a: b}\n";
  assert.deepEqual(
    refusalOf(text).map(({ place }) => place),
    ["apko.yaml:5:1", "apko.yaml:7:1"],
  );
});

test("scalars are what apko's decoder takes them for", () => {
  const image = parseImageConfig(
    [
      "contents: {packages: [a, ~, 'null', 1.0, 0x10, true, !!binary aGk=, !own b], keyring: [null]}",
      "accounts: {users: [~, {username: 5, uid: 0o17, gid: 017}, {username: b, uid: 3.9, gid: ~, shell: ~}]}",
      "environment: {A: ~, B: , 7: 2024-01-01, ~: dropped}",
      "paths: [{path: a, type: directory, recursive: 'yes', uid: 1_0, gid: -0.5}]",
    ].join("\n"),
  );
  assert.deepEqual(image.contents.packages, ["a", "null", "1.0", "0x10", "true", "hi", "b"]);
  assert.deepEqual(image.contents.keyring, []);
  assert.deepEqual(
    image.accounts.users.map(({ userName, uid, gid }) => [userName, uid, gid]),
    [
      ["5", 15, 15],
      ["b", 3, 3],
    ],
  );
  assert.deepEqual(image.environment, { A: "", B: "", "7": "2024-01-01" });
  assert.deepEqual(image.paths, [{ path: "a", type: "directory", source: "", recursive: true, uid: 10, gid: 0 }]);
});

test("merge keys bring what is not said, the first mapping of a list first", () => {
  const image = parseImageConfig(
    "environment: &e {A: a, B: b}\nannotations:\n  <<: [{B: x}, *e]\n  C: c\npaths:\n  - &p {path: /a, type: directory, uid: 1}\n  - <<: *p\n    uid: ~\n",
  );
  assert.deepEqual(image.annotations, { C: "c", B: "x", A: "a" });
  assert.deepEqual(image.paths[1], { path: "/a", type: "directory", source: "", recursive: false });
});

test("a block text that the file ends in without a line break has none", () => {
  assert.equal(parseImageConfig("cmd: |\n  a\n  b").cmd, "a\nb");
  assert.equal(parseImageConfig("cmd: |\n  a\n  ").cmd, "a\n");
  assert.equal(parseImageConfig("volumes:\n  - >-\n    a\n    b").volumes[0], "a b");
});

test("only the first document counts, even an empty one that is marked", () => {
  assert.equal(parseImageConfig("cmd: a\n---\nnonsense: [\n").cmd, "a");
  assert.equal(parseImageConfig("---\n---\ncmd: a\n").cmd, "");
});

test("a type of entrypoint other than a bundle of services means nothing", () => {
  const image = parseImageConfig("contents: {packages: [s6, a]}\nentrypoint: {type: other, command: x}");
  assert.deepEqual([image.entrypoint.command, image.contents.packages], ["x", ["s6", "a"]]);
});

test("a bundle of services is run by s6, which is added where it is missing", () => {
  const bundle = "entrypoint: {type: service-bundle, command: x, services: {a: b}}";
  assert.equal(parseImageConfig(bundle).entrypoint.command, "/bin/s6-svscan /sv");
  assert.deepEqual(parseImageConfig(`contents: {packages: [a]}\n${bundle}`).contents.packages, ["a", "s6"]);
  assert.deepEqual(parseImageConfig(`contents: {packages: [s6, a]}\n${bundle}`).contents.packages, ["s6", "a"]);
});

test("an included file is the base that the including one adds to and overrides", async (t) => {
  const dir = await folder(t, {
    "app.yaml": "include: base.yaml\ncontents: {packages: [app]}\nenvironment: {A: own}\ncmd: run\narchs: [amd64]\n",
    "inc/base.yaml":
      "contents: {packages: [base], keyring: [k]}\nenvironment: {A: base, B: base}\ncmd: stop\nwork-dir: /srv\nvcs-url: u\nentrypoint: {command: e}\naccounts: {run-as: root}\n",
  });
  const image = await loadImageConfig(join(dir, "app.yaml"), { includePaths: [join(dir, "inc")] });
  assert.deepEqual(image.contents.packages, ["base", "app"]);
  assert.deepEqual(image.contents.keyring, ["k"]);
  assert.deepEqual(image.environment, { A: "own", B: "base" });
  assert.deepEqual(
    [image.cmd, image.workDir, image.vcsUrl, image.entrypoint.command, image.accounts.runAs],
    ["run", "/srv", "u", "e", "root"],
  );
  assert.deepEqual(image.archs, ["amd64"]);
});

test("an include is looked for in the working folder, then in each include path, never beside the including file", async (t) => {
  const dir = await folder(t, {
    "one/b.yaml": "cmd: one",
    "two/b.yaml": "cmd: two",
    "three/a.yaml": "include: b.yaml",
  });
  const paths = ["one", "two"].map((name) => join(dir, name));
  assert.equal((await loadImageConfig(join(dir, "three/a.yaml"), { includePaths: paths })).cmd, "one");
  assert.equal((await loadImageConfig(join(dir, "three/a.yaml"), { includePaths: paths.toReversed() })).cmd, "two");
  const [problem] = await loadRefusal(join(dir, "three/a.yaml"));
  assert.deepEqual([problem?.code, problem?.place], ["CONFIG_INCLUDE_MISSING", "a.yaml:1:10"]);
});

test("the configuration itself is looked for in the include paths, too", async (t) => {
  const dir = await folder(t, { "some-configuration.yaml": "cmd: found" });
  assert.equal((await loadImageConfig("some-configuration.yaml", { includePaths: [dir] })).cmd, "found");
  await assert.rejects(loadImageConfig("some-configuration.yaml"), { code: "FILE_UNREADABLE" });
});

test("includes nest, and the bytes of all files are told in order", async (t) => {
  const dir = await folder(t, { "a.yaml": "", "b.yaml": "", "c.yaml": "contents: {packages: [c]}\ncmd: c\n" });
  await writeFile(join(dir, "b.yaml"), `include: ${join(dir, "c.yaml")}\ncontents: {packages: [b]}\r\ncmd: b`);
  await writeFile(join(dir, "a.yaml"), `include: ${join(dir, "b.yaml")}\ncontents: {packages: [a]}\n`);
  const seen: string[] = [];
  const image = await loadImageConfig(join(dir, "a.yaml"), {
    onFile: (bytes) => void seen.push(Buffer.from(bytes).toString()),
  });
  assert.deepEqual([image.contents.packages, image.cmd], [["c", "b", "a"], "b"]);
  assert.equal(
    seen.join(""),
    `include: ${join(dir, "b.yaml")}\ncontents: {packages: [a]}\ninclude: ${join(dir, "c.yaml")}\ncontents: {packages: [b]}\r\ncmd: bcontents: {packages: [c]}\ncmd: c\n`,
  );
});

test("values that are not used are not judged, unknown keys are", async (t) => {
  const dir = await folder(t, {
    "base.yaml":
      "format: erofs\narchs: [sparc]\nlayering: {strategy: best}\ncertificates: {additional: [{name: ../x}]}",
    "wrong.yaml": "layering: {stratgy: origin}\ncertificates: {additional: {}}",
  });
  const own = "format: tar\narchs: [amd64]\nlayering: {}\ncertificates: {}\n";
  await writeFile(join(dir, "a.yaml"), `include: ${join(dir, "base.yaml")}\n${own}`);
  await writeFile(join(dir, "b.yaml"), `include: ${join(dir, "wrong.yaml")}\n${own}`);
  await writeFile(join(dir, "c.yaml"), `include: ${join(dir, "base.yaml")}\n`);
  assert.deepEqual((await loadImageConfig(join(dir, "a.yaml"))).archs, ["amd64"]);
  assert.deepEqual(
    (await loadRefusal(join(dir, "b.yaml"))).map(({ code, place }) => `${code} ${place}`),
    ["CONFIG_UNKNOWN_KEY wrong.yaml:1:12", "CONFIG_WRONG_TYPE wrong.yaml:2:28"],
  );
  assert.equal((await loadRefusal(join(dir, "c.yaml"))).length, 5);
});

test("the error as a whole stands where its first problem does, also in an included file", async (t) => {
  const base = join(await folder(t, { "base.yaml": "cmd: x\nbogus: 1\n" }), "base.yaml");
  const own = join(await folder(t, { "own.yaml": `include: ${base}\n` }), "own.yaml");
  await assert.rejects(loadImageConfig(own), { context: { file: base, line: 2, column: 1 } });
});

test("the words of YAML 1.1 are truth values, in every case that yaml.v3 knows", () => {
  const words = "y Y yes Yes YES on On ON true n N no No NO off Off OFF false".split(" ");
  const paths = words.map((word) => `{path: /x, type: directory, recursive: ${word}}`).join(", ");
  const read = parseImageConfig(`paths: [${paths}]`).paths.map(({ recursive }) => recursive);
  assert.deepEqual(read, [...Array<boolean>(9).fill(true), ...Array<boolean>(9).fill(false)]);
});

test("rules over several keys hold over several files, and name the file of the key", async (t) => {
  const dir = await folder(t, { "base.yaml": "cmd: x\ncontents: {runtime_keyring: [{name: a, content: x}]}" });
  const more = "contents: {baseimage: {image: x}, runtime_keyring: [{name: a, content: y}]}\n";
  await writeFile(join(dir, "a.yaml"), `include: ${join(dir, "base.yaml")}\n${more}`);
  assert.deepEqual(
    (await loadRefusal(join(dir, "a.yaml"))).map(({ code, place }) => `${code} ${place}`),
    ["CONFIG_BAD_VALUE a.yaml:2:53", "CONFIG_BAD_VALUE base.yaml:1:1"],
  );
});

test("a circle of includes is refused at the include that closes it, through links, too", async (t) => {
  const dir = await folder(t, { "a.yaml": "", "b.yaml": "" });
  await writeFile(join(dir, "a.yaml"), `include: ${join(dir, "b.yaml")}\n`);
  await writeFile(join(dir, "b.yaml"), `cmd: x\ninclude: ${join(dir, "link.yaml")}\n`);
  await symlink("a.yaml", join(dir, "link.yaml"));
  const [problem, ...more] = await loadRefusal(join(dir, "a.yaml"));
  assert.deepEqual([problem?.code, problem?.place, more], ["CONFIG_INCLUDE_CYCLE", "b.yaml:2:10", []]);
  assert.match(problem?.message ?? "", /a\.yaml includes .*b\.yaml includes .*link\.yaml/);
});

test("a chain of includes ends at a limit", async (t) => {
  const count = 5;
  const dir = await folder(t, {});
  for (let index = 0; index < count; index += 1)
    await writeFile(join(dir, `${String(index)}.yaml`), `include: ${join(dir, `${String(index + 1)}.yaml`)}\n`);
  await writeFile(join(dir, `${String(count)}.yaml`), "cmd: end\n");
  const limits = { ...defaultLimits, depth: 3 };
  await assert.rejects(loadImageConfig(join(dir, "0.yaml"), { limits }), (error) => {
    assert.deepEqual(
      problemsOf(error).map(({ code, place }) => [code, place]),
      [["CONFIG_LIMIT", "2.yaml:1:10"]],
    );
    return true;
  });
  assert.equal((await loadImageConfig(join(dir, "0.yaml"))).cmd, "end");
});
