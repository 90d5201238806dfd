import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { PackageOptions } from "@apkmill/config";
import { analyse } from "./analyse.ts";
import type { ElfFacts } from "./elf.ts";
import { libraryVersion } from "./analyse-shared-objects.ts";
import { requiredModules } from "./analyse-pkg-config.ts";
import type { TreeEntry } from "./package-tree.ts";
import { fileEntry, folderEntry, linkEntry } from "./testing/entries.ts";

const folder = mkdtempSync(join(tmpdir(), "apkmill-analyse-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const all: PackageOptions = { noCommands: false, noDepends: false, noProvides: false, noVersionedShlibDeps: false };

interface Declared {
  readonly name?: string;
  readonly depends?: string[];
  readonly provides?: string[];
  readonly options?: Partial<PackageOptions>;
  readonly siblings?: readonly TreeEntry[];
}

async function find(
  entries: readonly TreeEntry[],
  declared: Declared = {},
): Promise<{ depends: string[]; provides: string[] }> {
  const tree = { packageName: declared.name ?? "p", entries };
  return analyse({
    tree,
    siblings: [tree, { packageName: "sibling", entries: declared.siblings ?? [] }],
    fullVersion: "1-r0",
    declared: { depends: declared.depends ?? [], provides: declared.provides ?? [] },
    options: { ...all, ...declared.options },
  });
}

const object = (path: string, elf: Partial<ElfFacts>, mode = 0o755): TreeEntry =>
  fileEntry(path, {
    mode,
    file: {
      diskPath: "/nonexistent",
      head: Buffer.alloc(0),
      elf: { type: 3, machine: 62, interpreter: "", needed: [], sonames: [], sections: [], ...elf },
    },
  });

/** A file with content, on disk for those who read it whole. */
function textFile(path: string, text: string, mode = 0o644): TreeEntry {
  const diskPath = join(folder, path.replaceAll("/", "_"));
  writeFileSync(diskPath, text);
  const head = Buffer.from(text).subarray(0, 128);
  return fileEntry(path, { mode, sizeBytes: Buffer.byteLength(text), file: { diskPath, head, elf: undefined } });
}

test("a program needs its interpreter and its versioned libraries, and offers a command", async () => {
  const program = { interpreter: "/lib/ld-musl-x86_64.so.1", needed: ["libz.so.1", "libplugin.so"] };
  assert.deepEqual(await find([object("usr/bin/p", program)]), {
    depends: ["so:libc.musl-x86_64.so.1", "so:libz.so.1"],
    provides: ["cmd:p=1-r0"],
  });
});

test("a library offers its name where the loader looks, and satisfies itself elsewhere", async () => {
  const offered = await find([object("usr/lib/libp.so.2.1", { sonames: ["libp.so.2"] })]);
  assert.deepEqual(offered.provides, ["so-ver:libp.so.2=1-r0", "so:libp.so.2=2"]);
  const vendored = await find([
    object("usr/lib/p/libp.so.2", { sonames: ["libp.so.2"] }),
    object("usr/lib/p/other.so", { needed: ["libp.so.2"] }),
  ]);
  assert.deepEqual(vendored, { depends: [], provides: [] });
});

test("a folder that the package adds to the loader's configuration counts", async () => {
  const found = await find([
    textFile("etc/ld.so.conf.d/p.conf", "# p\n/usr/lib/p/\n"),
    object("usr/lib/p/libp.so.2", { sonames: ["libp.so.2"] }),
  ]);
  assert.deepEqual(found.provides, ["so-ver:libp.so.2=1-r0", "so:libp.so.2=2"]);
});

test("a link for the linker draws in the library of a sibling", async () => {
  const found = await find([linkEntry("usr/lib/libp.so", "libp.so.2.1")], {
    siblings: [object("usr/lib/libp.so.2.1", { sonames: ["libp.so.2"] })],
  });
  assert.deepEqual(found.depends, ["so:libp.so.2"]);
});

test("libraries of the host's graphics driver are nobody's", async () => {
  const found = await find([
    object("usr/lib/libcuda.so.1", { sonames: ["libcuda.so.1"], needed: ["libnvidia-ml.so.1"] }),
  ]);
  assert.deepEqual(found, { depends: [], provides: [] });
});

test("library versions are what follows .so. where it is a version", () => {
  assert.deepEqual(
    ["libc.so.6", "liba.so.1.2.3", "libb.so", "libc.musl-x86_64.so.1", "libd.so.x"].map(libraryVersion),
    ["6", "1.2.3", "0", "1", "0"],
  );
});

const shebangs: readonly (readonly [line: string, depends: string[]])[] = [
  ["#!/bin/sh", []],
  ["#!/bin/bash", ["cmd:bash"]],
  ["#! /usr/bin/perl -w", ["cmd:perl"]],
  ["#!/usr/bin/env bash", ["cmd:bash"]],
  ["#!/usr/bin/env -S node --flag", ["cmd:node"]],
  ["#!/usr/bin/env A=1 ruby", ["cmd:ruby"]],
  ["#!/usr/bin/python3", []],
  ["#!/usr/bin/python3.12", ["cmd:python3.12"]],
  ["#!/usr/bin/env", []],
  ["plain text", []],
];
for (const [line, depends] of shebangs) {
  test(`a script that begins ${line} depends on ${depends.join() || "nothing"}`, async () => {
    assert.deepEqual((await find([textFile("usr/bin/x", `${line}\n`)])).depends, depends);
  });
}

test("pkg-config modules are offered, and what they require is needed", async () => {
  const text =
    "prefix=/usr\nlibname=dep\nName: p\nRequires: lib${libname} >= 1.2, other\nRequires.private:\nLibs: -lp\n";
  assert.deepEqual(await find([textFile("usr/lib/pkgconfig/p.pc", text)]), {
    depends: ["pc:libdep", "pc:other"],
    provides: ["pc:p=1-r0"],
  });
  assert.deepEqual(requiredModules("a=${b}\nb=${a}\nRequires: ${a}x\n").length, 1);
});

test("modules need the interpreter they are installed for, unless one is declared", async () => {
  const python = folderEntry("usr/lib/python3.12/site-packages");
  const perl = folderEntry("usr/lib/perl5/vendor_perl");
  const ruby = folderEntry("usr/lib/ruby/gems/3.3.0/gems");
  assert.deepEqual((await find([perl, python, ruby])).depends, ["perl~5", "python-3.12-base", "ruby-3.3"]);
  const depends = ["perl", "python-3", "ruby-3.2"];
  assert.deepEqual((await find([perl, python, ruby], { depends })).depends, depends);
});

test("a manual in a -doc package needs a reader", async () => {
  const page = folderEntry("usr/share/man/man1");
  assert.deepEqual((await find([page], { name: "p-doc" })).depends, ["man-db"]);
  assert.deepEqual((await find([page])).depends, []);
});

test("kernel modules need their kernel", async () => {
  assert.deepEqual((await find([fileEntry("usr/lib/modules/6.1.0/kernel/x.ko.zst")])).depends, ["linux:6.1.0"]);
});

test("options leave out what is found, never what is declared, and nothing needs itself", async () => {
  const entries = [object("usr/bin/p", { needed: ["libz.so.1"] })];
  const declared = { depends: ["a", "cmd:p"], provides: ["b=2"] };
  const under = async (options: Partial<PackageOptions>) => find(entries, { ...declared, options });
  assert.deepEqual(await under({}), { depends: ["a", "so:libz.so.1"], provides: ["b=2", "cmd:p=1-r0"] });
  assert.deepEqual(await under({ noDepends: true }), { depends: ["a"], provides: ["b=2", "cmd:p=1-r0"] });
  assert.deepEqual(await under({ noProvides: true }), { depends: ["a", "cmd:p", "so:libz.so.1"], provides: ["b=2"] });
  assert.deepEqual(await under({ noCommands: true }), { depends: ["a", "cmd:p", "so:libz.so.1"], provides: ["b=2"] });
});
