import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digestOf } from "@apkmill/core";
import type { StoredPackage } from "@apkmill/apk";
import { groupByOrigin } from "./group-by-origin.ts";

/** `name[/origin] size [replaces…]` */
function stored(text: string): StoredPackage {
  const [label = "", size = "0", ...replaces] = text.split(" ");
  const [name = "", origin = name] = label.split("/");
  const lists = { depends: [], provides: [], installIf: [], triggers: [], replaces };
  const texts = { arch: "x86_64", description: "", url: "", license: "", maintainer: "", commit: "", dataHash: "" };
  const numbers = { buildTime: 0, providerPriority: 0, replacesPriority: 0, installedSizeBytes: Number(size) };
  const blob = { digest: digestOf(name), sizeBytes: 1 };
  return {
    format: "v2",
    identity: "",
    control: { name, origin, version: "1.5-r0", ...texts, ...lists, ...numbers },
    scripts: new Map(),
    data: blob,
    apkSizeBytes: 2,
    contents: { diffId: digestOf(name), unpackedSizeBytes: 1, entries: [] },
  };
}

function groups(budget: number, ...texts: string[]): string[] {
  const packages = texts.map(stored);
  const all = packages.map((_, index) => index);
  return groupByOrigin(packages, all, budget).map((group) =>
    group.map((index) => packages[index]?.control.name).join(" "),
  );
}

describe("grouping by origin", () => {
  test("puts packages of one origin together, the largest group first", () => {
    assert.deepEqual(groups(9, "a 10", "b-libs/b 30", "c 20", "b 5"), ["b-libs b", "c", "a"]);
  });

  test("puts packages without an origin into one group", () => {
    assert.deepEqual(groups(9, "a/ 1", "b 5", "c/ 1"), ["b", "a c"]);
  });

  test("joins who replaces with who is replaced, if the version is the one that is replaced", () => {
    assert.deepEqual(groups(9, "a 10", "b 20 a", "c 5"), ["a b", "c"]);
    assert.deepEqual(groups(9, "a 10", "b 20 a<2", "c 5"), ["a b", "c"]);
    assert.deepEqual(groups(9, "a 10", "b 20 a<1", "c 5"), ["b", "a", "c"]);
    assert.deepEqual(groups(9, "a 1 b", "b 1 c", "c 1 d", "d 1 a"), ["a b c d"]);
  });

  test("orders groups of one size by their last name", () => {
    assert.deepEqual(groups(9, "b 10", "a 10", "c/a 0"), ["b", "a c"]);
  });

  test("makes one group of the smallest when there are more than the budget", () => {
    assert.deepEqual(groups(3, "a 10", "b 20", "c 30", "d 40"), ["d", "c", "a b"]);
    assert.deepEqual(groups(1, "a 10", "b 20"), ["a b"]);
    assert.deepEqual(groups(0, "a 10", "b 20"), ["a b"]);
  });
});
