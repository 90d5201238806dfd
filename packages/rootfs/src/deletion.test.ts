import assert from "node:assert/strict";
import { test } from "node:test";
import { deletionIn } from "./deletion.ts";
import { device, directory, file, symlink } from "./testing/build-package.ts";

const marked = (name: string): { readonly xattrs: ReadonlyMap<string, Uint8Array> } => ({
  xattrs: new Map([
    ["security.capability", Buffer.alloc(20)],
    [name, Buffer.from("y")],
  ]),
});

test("what runtimes read as a deletion is named", () => {
  assert.match(deletionIn(file("etc/.wh.passwd")) ?? "", /\.wh\./);
  assert.match(deletionIn(device("a", 0, 0)) ?? "", /device 0:0/);
  for (const name of ["opaque", "redirect", "metacopy", "whiteout", "overlay.opaque"]) {
    const attribute = `trusted.overlay.${name}`;
    assert.ok(deletionIn(directory("a", marked(attribute)))?.includes(attribute), name);
    assert.ok(deletionIn(file("a", "", marked(`user.overlay.${name}`)))?.includes(`user.overlay.${name}`), name);
  }
  assert.match(deletionIn(directory("a", marked("user.fuseoverlayfs.opaque"))) ?? "", /fuseoverlayfs/);
});

test("a device is judged by the bits that a kernel keeps of its number", () => {
  for (const [major, minor] of [
    [4096, 0],
    [0, 1 << 20],
    [8192, 3 << 20],
  ] as const)
    assert.notEqual(deletionIn(device("a", major, minor)), undefined, `${major}:${minor}`);
});

test("what only looks like it is none", () => {
  const harmless = [
    device("dev/null", 1, 3),
    device("a", 0, 1),
    device("a", 0, 256),
    device("a", 0, 0, { type: "block" }),
    { ...device("a", 0, 0), type: "fifo" as const },
    file("trusted.overlay.opaque"),
    file("a", "", marked("trusted.overlays")),
    file("a", "", marked("user.note")),
    symlink("a", ".wh.b"),
  ];
  for (const entry of harmless) assert.equal(deletionIn(entry), undefined, JSON.stringify(entry));
});
