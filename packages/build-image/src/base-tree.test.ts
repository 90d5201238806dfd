import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { defaultLimits, digestOf, isEngineError } from "@apkmill/core";
import type { BaseLayer } from "./base-layer.ts";
import { certainEntries, planEntries, unpackBase } from "./base-tree.ts";
import { stackedTree } from "@apkmill/rootfs";
import { directory, file, hardlink, symlink, type Item } from "./testing/repository.ts";

function layerOf(...items: Item[]): BaseLayer {
  const entries = items.map(({ entry, content = Buffer.alloc(0) }) => {
    const isFile = entry.type === "file";
    return { ...entry, sha1: "", sha256: isFile ? digestOf(content).slice(7) : "" };
  });
  return { digest: digestOf("layer"), diffId: digestOf("tar"), unpackedSizeBytes: 0, entries, contents: new Map() };
}

/** `path`, `path/` for a directory, `path -> text`, `path = first name`; `?` where runtimes do not agree. */
function linesOf(...layers: BaseLayer[]): string[] {
  const tree = unpackBase("base", layers, defaultLimits);
  return planEntries(tree).map(({ path, type, linkPath }) => {
    const doubt = tree.get(path)?.certain === false ? "?" : "";
    if (type === "directory") return `${path}/${doubt}`;
    if (type === "symlink") return `${path} -> ${linkPath}${doubt}`;
    return type === "hardlink" ? `${path} = ${linkPath}${doubt}` : `${path}${doubt}`;
  });
}

const somePath = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 });
const someItem = fc
  .tuple(somePath, fc.constantFrom("file", "link", "directory", "whiteout", "opaque"))
  .map(([names, kind]) => itemOf(names, kind));
const anyLayers = fc
  .array(fc.array(someItem, { maxLength: 8 }), { maxLength: 4 })
  .map((layers) => layers.map((items) => layerOf(...items)));
/** Those that are no trick. */
const someLayers = anyLayers.filter((layers) => isSound(layers));

function itemOf(names: readonly string[], kind: "file" | "link" | "directory" | "whiteout" | "opaque"): Item {
  const path = names.join("/");
  switch (kind) {
    case "file":
      return file(path);
    case "link":
      return symlink(path, "a");
    case "directory":
      return directory(path);
    case "whiteout":
      return file(names.with(-1, `.wh.${names.at(-1) ?? ""}`).join("/"), "");
    case "opaque":
      return file(names.with(-1, ".wh..wh..opq").join("/"), "");
  }
}

function isSound(layers: readonly BaseLayer[]): boolean {
  try {
    return unpackBase("base", layers, defaultLimits).size >= 0;
  } catch {
    return false;
  }
}

describe("the layers of a base image", () => {
  test("lie one upon the other", () => {
    const lower = layerOf(directory("a"), file("a/x"), file("a/y"), symlink("l", "a"));
    const upper = layerOf(directory("a"), file("a/y", "other"), file("z"));
    assert.deepEqual(linesOf(lower, upper), ["a/", "a/x", "a/y", "l -> a", "z"]);
  });

  test("delete what a whiteout names, in lower layers only and whatever its place in the archive", () => {
    const lower = layerOf(directory("a"), file("a/x"), directory("a/d"), file("a/d/deep"));
    const upper = layerOf(directory("a"), file("a/x", "new"), file("a/.wh.x", ""), file("a/.wh.d", ""));
    assert.deepEqual(linesOf(lower, upper), ["a/", "a/x"]);
  });

  test("hide all of a directory with an opaque whiteout, and take no other name with that prefix for one", () => {
    const lower = layerOf(directory("a"), file("a/x"), directory("a/d"), file("a/d/y"), file("b"));
    const upper = layerOf(directory("a"), file("a/new"), file("a/.wh..wh..opq", ""), file(".wh..wh.plnk", ""));
    assert.deepEqual(linesOf(lower, upper), ["a/", "a/new", "b"]);
  });

  test("replace a directory by a file and a link by a directory, with all that was below", () => {
    const lower = layerOf(directory("a"), file("a/x"), symlink("l", "a"));
    assert.deepEqual(linesOf(lower, layerOf(file("a"), file("l/y"))), ["a", "l/?", "l/y"]);
  });

  test("are in doubt about directories that they do not list, and links to files of lower layers", () => {
    const lower = layerOf(directory("a", { mode: 0o700 }), file("a/x"));
    const upper = layerOf(file("a/y"), hardlink("a/w", "a/x"), hardlink("a/z", "a/y"));
    assert.deepEqual(linesOf(lower, upper), ["a/?", "a/w?", "a/x = a/w", "a/y", "a/z = a/y"]);
    const certain = certainEntries(unpackBase("base", [lower, upper], defaultLimits));
    assert.deepEqual(
      certain.map(({ path }) => path),
      ["a/x", "a/y", "a/z"],
    );
    assert.equal(unpackBase("base", [lower, upper], defaultLimits).get("a")?.entry.mode, 0o700);
  });

  test("that leave the root or lead nowhere are refused", () => {
    for (const items of [
      [file("a/../../x")],
      [file("..")],
      [file("/a")],
      [file(".wh...", "")],
      [file("d/.wh..", "")],
      [file("d/.wh.", "")],
      [file(".wh.d/x")],
      [symlink("d", "/x"), file("d/x")],
      [file("d"), file("d/x")],
      [hardlink("a", "b")],
      [hardlink("a", "../b")],
      [directory("d"), hardlink("a", "d")],
    ]) {
      assert.throws(
        () => linesOf(layerOf(...items)),
        (error) => isEngineError(error) && error.code === "IMAGE_BASE",
      );
    }
  });

  test("that imply directories without end are refused", () => {
    const deep = (index: number): Item => file(`${String(index)}/${"d/".repeat(50)}x`);
    const layer = layerOf(...Array.from({ length: 100 }, (_, index) => deep(index)));
    for (const limit of [{ entries: 100 }, { headerBytes: 10_000 }])
      assert.throws(() => unpackBase("base", [layer], { ...defaultLimits, ...limit }), { code: "LIMIT_EXCEEDED" });
  });

  test("give parents before what is in them, and each link after its file, whatever they hold", () => {
    fc.assert(
      fc.property(someLayers, (layers) => {
        const entries = planEntries(unpackBase("base", layers, defaultLimits));
        const seen = new Map([["", "directory"]]);
        for (const { path: each, type } of entries) {
          assert.equal(seen.get(each.includes("/") ? each.slice(0, each.lastIndexOf("/")) : ""), "directory");
          assert.ok(!each.includes(".wh."));
          seen.set(each, type);
        }
      }),
    );
  });

  test("are the tree that who looks into the image is shown, or refused by both", () => {
    const typesOf = (tree: Iterable<[string, { readonly entry: { readonly type: string } }]>): string[] =>
      [...tree].map(([path, { entry }]) => `${entry.type} ${path}`).sort();
    const orRefused = (read: () => string[]): string[] => {
      try {
        return read();
      } catch (error) {
        assert.match(isEngineError(error) ? error.code : String(error), /^(IMAGE_BASE|ROOTFS_BAD_PARENT)$/);
        return ["refused"];
      }
    };
    fc.assert(
      fc.property(anyLayers, (layers) => {
        assert.deepEqual(
          orRefused(() => typesOf(unpackBase("base", layers, defaultLimits))),
          orRefused(() => typesOf(stackedTree(layers.map(({ entries }) => entries)))),
        );
      }),
    );
  });
});
