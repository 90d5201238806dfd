import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { loadAccountFiles } from "./account-files.ts";
import { file, packageOf, symlink } from "./testing/build-package.ts";
import { openBench } from "./testing/corpora.ts";
import { storePackage } from "./testing/store-package.ts";

const limits = defaultLimits;

test("the account files of each package are read by index, and only where there are any", async (t) => {
  const { store } = await openBench(t);
  const contents = new Map([
    ["etc/passwd", "www:x:82:82::/:\n"],
    ["etc/group", "www:x:82:\n"],
  ]);
  const built = [
    packageOf("none", [file("x"), symlink("etc/passwd", "x")]),
    packageOf("both", [file("etc/group"), file("etc/passwd"), file("x")]),
    packageOf("one", [file("etc/group")]),
  ].map((each) => sized(each, contents));
  const packages = await Promise.all(built.map((each) => storePackage(store, each, contents)));
  const loaded = await loadAccountFiles({ store, limits }, packages);
  assert.deepEqual(
    [...loaded],
    [
      [1, { passwd: "www:x:82:82::/:\n", group: "www:x:82:\n" }],
      [2, { group: "www:x:82:\n" }],
    ],
  );
});

test("what was read once is remembered: the data section is not opened again", async (t) => {
  const { store } = await openBench(t);
  const stored = await storePackage(store, packageOf("a", [file("etc/passwd")]));
  const first = await loadAccountFiles({ store, limits }, [stored]);
  const gone = { ...store, find: () => Promise.resolve(undefined) };
  assert.deepEqual(await loadAccountFiles({ store: gone, limits }, [stored]), first);
});

test("an account file over the limit is refused", async (t) => {
  const { store } = await openBench(t);
  const stored = await storePackage(store, packageOf("a", [file("etc/passwd")]));
  await assert.rejects(loadAccountFiles({ store, limits: { ...limits, configBytes: 3 } }, [stored]), {
    code: "LIMIT_EXCEEDED",
  });
});

/** With the sizes that the contents have. */
function sized(built: ReturnType<typeof packageOf>, contents: ReadonlyMap<string, string>): typeof built {
  const entries = built.contents.entries.map((entry) => {
    const content = entry.type === "file" ? contents.get(entry.path) : undefined;
    return content === undefined ? entry : { ...entry, ...file(entry.path, content) };
  });
  return { ...built, contents: { ...built.contents, entries } };
}
