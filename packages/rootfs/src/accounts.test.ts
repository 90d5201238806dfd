import assert from "node:assert/strict";
import { test } from "node:test";
import { noAccounts, numberOf, parseAccountNumbers, withAccountFiles } from "./accounts.ts";

test("the third field of each line is the number of the name in the first", () => {
  const numbers = parseAccountNumbers("root:x:0:0:root:/root:/bin/sh\nshadow:x:42:\n");
  assert.deepEqual(
    [...numbers],
    [
      ["root", 0],
      ["shadow", 42],
    ],
  );
});

test("the first line of a name counts, and lines without a number count for nothing", () => {
  const text = "a:x:1:\na:x:2:\n:x:3:\nb:x:\nc\nd:x:-1:\ne:x:4294967296:\nf:x:4294967295:\n\ng:x:0x10:";
  assert.deepEqual(
    [...parseAccountNumbers(text)],
    [
      ["a", 1],
      ["f", 4294967295],
    ],
  );
});

test("a name goes before a number; an unknown or empty name leaves the number as archived", () => {
  const { users } = withAccountFiles(noAccounts, { passwd: "www:x:82:82::/:\n" });
  assert.equal(numberOf(users, "www", 1000), 82);
  assert.equal(numberOf(users, "nobody", 1000), 1000);
  assert.equal(numberOf(users, "", 1000), 1000);
});

test("a package that brings only one of the files leaves the other as it was", () => {
  const first = withAccountFiles(noAccounts, { passwd: "a:x:1:1:\n", group: "a:x:1:\n" });
  const second = withAccountFiles(first, { group: "a:x:7:\n" });
  assert.equal(second.users.get("a"), 1);
  assert.equal(second.groups.get("a"), 7);
});
