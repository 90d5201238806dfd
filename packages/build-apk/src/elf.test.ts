import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { readElf, type ElfFacts } from "./elf.ts";

const read = (bytes: Buffer): Promise<ElfFacts | undefined> =>
  readElf((position, length) => Promise.resolve(bytes.subarray(position, position + length)));

interface Shape {
  readonly wide: boolean;
  readonly little: boolean;
  readonly sections: boolean;
}

/** A made-up shared object: one loaded segment over the whole file, an interpreter, three dynamic entries. */
function makeElf({ wide, little, sections }: Shape): Buffer {
  const bytes = Buffer.alloc(4096);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const half = (at: number, value: number): void => view.setUint16(at, value, little);
  const int = (at: number, value: number): void => view.setUint32(at, value, little);
  const word = (at: number, value: number): void =>
    wide ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1]);
  half(16, 3);
  half(18, 183);
  const segmentSize = wide ? 56 : 32;
  const sectionSize = wide ? 64 : 40;
  word(wide ? 32 : 28, 128);
  word(wide ? 40 : 32, sections ? 2048 : 0);
  const counts = wide ? 54 : 42;
  for (const [at, value] of [segmentSize, 3, sectionSize, sections ? 4 : 0, sections ? 3 : 0].entries())
    half(counts + at * 2, value);

  const strings = "\0libc.so.6\0libfoo.so.1\0.dynamic\0.dynstr\0.shstrtab\0";
  bytes.write(strings, 1024, "latin1");
  bytes.write("/lib/ld-test.so.1\0", 1536, "latin1");
  const segment = (index: number, type: number, offset: number, address: number, size: number): void => {
    const at = 128 + index * segmentSize;
    int(at, type);
    word(at + (wide ? 8 : 4), offset);
    word(at + (wide ? 16 : 8), address);
    word(at + (wide ? 32 : 16), size);
  };
  segment(0, 1, 0, 0x10000, 4096);
  segment(1, 3, 1536, 0x10600, 18);
  segment(2, 2, 1280, 0x10500, 6 * (wide ? 16 : 8));
  const step = wide ? 8 : 4;
  const dynamic = [1, 1, 14, 11, 5, 0x10400, 10, strings.length, 0, 0];
  for (const [index, value] of dynamic.entries()) word(1280 + index * step, value);
  if (sections) {
    const section = (index: number, name: number, type: number, offset: number, size: number, link: number): void => {
      const at = 2048 + index * sectionSize;
      int(at, name);
      int(at + 4, type);
      word(at + (wide ? 24 : 16), offset);
      word(at + (wide ? 32 : 20), size);
      int(at + (wide ? 40 : 24), link);
    };
    section(1, 23, 6, 1280, 5 * (wide ? 16 : 8), 2);
    section(2, 32, 3, 1024, strings.length, 0);
    section(3, 40, 3, 1024, strings.length, 0);
  }
  return bytes;
}

const shapes: readonly Shape[] = [true, false].flatMap((wide) =>
  [true, false].flatMap((little) => [true, false].map((sections) => ({ wide, little, sections }))),
);

for (const shape of shapes) {
  const name = `${shape.wide ? "64" : "32"}-bit ${shape.little ? "little" : "big"}-endian ${shape.sections ? "with" : "without"} sections`;
  test(`an ELF file, ${name}, tells its interpreter, needs and name`, async () => {
    const facts = await read(makeElf(shape));
    assert.deepEqual(facts, {
      type: 3,
      machine: 183,
      interpreter: "/lib/ld-test.so.1",
      needed: ["libc.so.6"],
      sonames: ["libfoo.so.1"],
      sections: shape.sections ? ["", ".dynamic", ".dynstr", ".shstrtab"] : [],
    });
  });
}

test("any truncation and any changed byte gives facts or nothing, never an error", async () => {
  const good = shapes.map(makeElf);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...good),
      fc.nat(2300),
      fc.nat(255),
      fc.nat(4096),
      async (bytes, at, value, length) => {
        const changed = Buffer.from(bytes.subarray(0, length));
        if (at < changed.length) changed[at] = value;
        const facts = await read(changed);
        assert.ok(facts === undefined || facts.needed.length < 100);
      },
    ),
    { numRuns: 500 },
  );
});

test("what is not ELF has no facts", async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("#!/bin/sh\n"), Buffer.from("\x7fELF"), Buffer.alloc(4096)]) {
    assert.equal(await read(bytes), undefined);
  }
});

test("the program that runs this test is an executable with an interpreter", async () => {
  const bytes = readFileSync(process.execPath);
  const facts = await read(bytes);
  assert.match(facts?.interpreter ?? "", /ld-/);
  assert.ok(facts?.needed.some((name) => name.startsWith("libc.")));
});
