import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { loadRepositoriesFiles, parseRepositoriesFile } from "./repositories-file.ts";
import { temporaryFolder } from "./testing/packages.ts";

const read = (text: string): string[] => parseRepositoriesFile(text, { arch: "aarch64", file: "repositories" });

test("each line is a repository, each component one of its own", () => {
  assert.deepEqual(
    read(`# mirrors
https://a.test/alpine/v3.22/main

   @edge   https://a.test/edge/
v3 https://a.test/os main community
v2 @x https://a.test/odd.adb/ one
ndx @i https://a.test/packages
https://a.test/Packages.adb
/srv/repo
`),
    [
      "https://a.test/alpine/v3.22/main",
      "@edge https://a.test/edge/",
      "v3 https://a.test/os/main",
      "v3 https://a.test/os/community",
      "v2 @x https://a.test/odd.adb/one",
      "ndx @i https://a.test/packages",
      "https://a.test/Packages.adb",
      "/srv/repo",
    ],
  );
});

test("variables stand for their values in the lines below", () => {
  assert.deepEqual(
    read(`set host=a.test
set -default host=b.test
set -default branch=v3.22
set url=https://\${host}/\${branch}
\${url}/main
set branch=edge
https://\${host}/\${branch}/\${APK_ARCH}/x.adb
@\${branch} \${url} one
`),
    ["https://a.test/v3.22/main", "https://a.test/edge/aarch64/x.adb", "@edge https://a.test/v3.22/one"],
  );
});

test("a line that cannot be read is named by file and number", () => {
  for (const line of [
    "https://a/${nope}",
    "https://a/${open",
    "set x",
    "set =1",
    "set x=1 y=2",
    "v3",
    "v3 @x",
    "ndx u c",
    "a.adb c",
  ]) {
    assert.throws(
      () => read(`\n${line}\n`),
      (error: { code: string; context: object }) => {
        assert.deepEqual([error.code, error.context], ["REPOSITORY_FILE", { file: "repositories", line: 2 }], line);
        return true;
      },
    );
  }
});

test("a folder gives its .list files by name", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "d"));
  await writeFile(join(folder, "d", "b.list"), "/b\n");
  await writeFile(join(folder, "d", "a.list"), "/a\n");
  await writeFile(join(folder, "d", "a.list.old"), "/no\n");
  await writeFile(join(folder, "repositories"), "/first");
  const options = { arch: "x86_64", limits: defaultLimits };
  assert.deepEqual(await loadRepositoriesFiles([join(folder, "repositories"), join(folder, "d")], options), [
    "/first",
    "/a",
    "/b",
  ]);
  await assert.rejects(loadRepositoriesFiles([join(folder, "absent")], options), { code: "REPOSITORY_FILE" });
});
