import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseImageConfig } from "@apkmill/config";
import { defaultLimits } from "@apkmill/core";
import { parseAccountLines } from "./account-lines.ts";
import { addAccounts, resolveRunAs, warnAboutRunAs } from "./accounts.ts";
import type { ImageTree } from "./image-tree.ts";
import { withCode } from "./testing/bench.ts";
import { lineOf, textOf, treeOf } from "./testing/tree.ts";

const standing: Record<string, string> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nweb:x:82:82:web:/var/www:/sbin/nologin\n",
  "etc/group": "root:x:0:root\nweb:x:82:alice\n",
  "etc/shadow": "root:*:1:0:::::\n",
};

async function apply(
  accounts: string,
  tree = treeOf("etc/", "etc/passwd", "etc/group", "etc/shadow"),
): Promise<ImageTree> {
  const config = parseImageConfig(`contents: {packages: [a]}\naccounts: ${accounts}`);
  const readText = (path: string): Promise<string | undefined> =>
    Promise.resolve(tree.get(path) === undefined ? undefined : standing[path]);
  await addAccounts(tree, config, { readText, limits: defaultLimits });
  return tree;
}

describe("accounts of a configuration", () => {
  test("are added to those of the packages", async () => {
    const tree = await apply(
      "{users: [{username: app, uid: 1000}], groups: [{groupname: app, gid: 1000, members: [a, b]}]}",
    );
    assert.ok(textOf(tree, "etc/passwd").endsWith("app:x:1000:1000:Account created by apko:/home/app:/bin/sh\n"));
    assert.ok(textOf(tree, "etc/group").endsWith("app:x:1000:a,b\n"));
    assert.ok(textOf(tree, "etc/shadow").endsWith("app:!:::::::\n"));
    assert.equal(lineOf(tree, "home/app"), "directory 700 1000:1000");
  });

  test("and none anywhere give an empty list of users, as programs look there", async () => {
    const tree = await apply("{}", treeOf("etc/"));
    assert.equal(textOf(tree, "etc/passwd"), "");
    assert.equal(tree.get("etc/group"), undefined);
  });

  test("leave the files alone that need no change, and make the homes of the packages' accounts", async () => {
    const tree = await apply("{}");
    assert.equal(textOf(tree, "etc/passwd"), "not generated");
    assert.equal(lineOf(tree, "var/www"), "directory 700 82:82");
    assert.equal(lineOf(tree, "root"), "directory 700 0:0");
  });

  test("make the files where there are none", async () => {
    const tree = await apply("{users: [{username: app, uid: 1000}]}", treeOf("etc/"));
    assert.equal(textOf(tree, "etc/passwd"), "app:x:1000:1000:Account created by apko:/home/app:/bin/sh\n");
    assert.equal(lineOf(tree, "etc/shadow"), "file 640 0:0");
    assert.equal(lineOf(tree, "etc/group"), "nothing");
  });

  test("with the number that a package gave stay as the package has them", async () => {
    const tree = await apply(
      "{users: [{username: web, uid: 82}], groups: [{groupname: web, gid: 82, members: [bob]}]}",
    );
    assert.equal(textOf(tree, "etc/passwd"), standing["etc/passwd"]);
    assert.match(textOf(tree, "etc/group"), /^web:x:82:alice,bob$/m);
  });

  test("with another number take the place of the package's", async () => {
    const tree = await apply("{users: [{username: web, uid: 99}], groups: [{groupname: web, gid: 99}]}");
    assert.match(textOf(tree, "etc/passwd"), /^web:x:99:99:/m);
    assert.equal(textOf(tree, "etc/passwd").match(/^web:/gm)?.length, 1);
    assert.match(textOf(tree, "etc/group"), /^web:x:99:$/m);
  });

  const hostile: readonly [string, string][] = [
    ["a colon in a name", '{users: [{username: "a:b", uid: 5}]}'],
    ["a line break in a home", '{users: [{username: a, uid: 5, homedir: "/x\\nroot2:x:0:0::/:/bin/sh"}]}'],
    ["a line break in a shell", '{users: [{username: a, uid: 5, shell: "/bin/sh\\nevil:x:0:0::/:/bin/sh"}]}'],
    ["a line break in a member", '{groups: [{groupname: a, gid: 5, members: ["b\\nwheel:x:10:a"]}]}'],
    ["a file as a home", "{users: [{username: a, uid: 5, homedir: /etc/passwd}]}"],
  ];
  for (const [what, accounts] of hostile) {
    test(`with ${what} are refused`, async () => {
      await assert.rejects(apply(accounts), withCode("IMAGE_ACCOUNT"));
    });
  }

  test("never have a home outside the root", async () => {
    const tree = await apply("{users: [{username: a, uid: 5, homedir: /home/../../../srv/a}]}");
    assert.equal(lineOf(tree, "srv/a"), "directory 700 5:5");
  });
});

describe("the user of an image", () => {
  test("is warned about when the image does not have it", () => {
    const passwd = parseAccountLines("etc/passwd", standing["etc/passwd"] ?? "");
    for (const known of ["", "web", "65532", "82:82", "web:staff"]) assert.deepEqual(warnAboutRunAs(known, passwd), []);
    assert.match(warnAboutRunAs("someone:staff", passwd)[0] ?? "", /someone/);
  });

  test("is the number of an account, or what the configuration says", () => {
    const passwd = parseAccountLines("etc/passwd", standing["etc/passwd"] ?? "");
    assert.equal(resolveRunAs("web", passwd), "82");
    assert.equal(resolveRunAs("65532", passwd), "65532");
    assert.equal(resolveRunAs("someone", passwd), "someone");
    assert.equal(resolveRunAs("", passwd), "");
  });
});
