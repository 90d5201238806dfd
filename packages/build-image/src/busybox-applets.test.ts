import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { busyboxApplets } from "./busybox-applets.ts";

const paths = [
  ...["/usr/bin/[", "/usr/bin/[[", "/usr/bin/awk", "/bin/cat", "/usr/sbin/chroot", "/bin/cp", "/usr/sbin/crond"],
  ...["/usr/bin/cut", "/usr/bin/env", "/usr/bin/find", "/usr/bin/head", "/usr/bin/id", "/sbin/ifconfig", "/sbin/init"],
  ...["/linuxrc", "/bin/ls", "/bin/mount", "/bin/odd", "/bin/rm", "/sbin/route", "/bin/sed", "/bin/sh", "/usr/bin/vi"],
];
const numbers = ["", "/bin", "/sbin", "/usr/bin", "/usr/sbin"];

/** A program with the two tables at these places. */
function programOf(list: readonly string[], { names = 5000, places = [4000] } = {}): Buffer {
  const bytes = Buffer.alloc(10_000, 0x5a);
  Buffer.from(list.map((path) => `${path.slice(path.lastIndexOf("/") + 1)}\0`).join("") + "\0").copy(bytes, names);
  for (const place of places) {
    for (const [index, path] of list.entries()) {
      const number = numbers.indexOf(path.slice(0, path.lastIndexOf("/")));
      const byte = index % 2 === 0 ? 0 : (bytes[place + (index >> 1)] ?? 0);
      bytes[place + (index >> 1)] = byte | (number << (4 * (index % 2)));
    }
  }
  return bytes;
}

describe("the commands of a busybox", () => {
  test("are those that its tables tell, with their directories", () => {
    assert.deepEqual(busyboxApplets(programOf(paths)), paths);
    assert.deepEqual(busyboxApplets(programOf(paths, { names: 100, places: [9000] })), paths);
  });

  const unknown: readonly [string, Buffer][] = [
    ["an empty program", Buffer.alloc(0)],
    ["a program without tables", Buffer.alloc(10_000, 0x5a)],
    ["names without directories", programOf(paths, { places: [] })],
    ["two tables that fit", programOf(paths, { places: [1000, 2000] })],
    ["few commands", programOf(paths.slice(0, 10))],
    ["a command where none belongs", programOf(paths.map((path) => path.replace("/bin/cat", "/sbin/cat")))],
    ["names up to the end of the program", programOf(paths, { names: 9_990 })],
  ];
  for (const [what, program] of unknown) {
    test(`are unknown in ${what}`, () => {
      assert.equal(busyboxApplets(program), undefined);
    });
  }
});
