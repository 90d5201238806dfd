import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { dynamicTag, dynamicValue, elfString, parseDynamicEntries } from "./elf-dynamic.ts";
import { isElf, parseElfHeader, type ElfHeader, type ElfKind } from "./elf-header.ts";
import { parseElfSections, sectionType, type ElfSection } from "./elf-sections.ts";
import { fileOffsetOf, parseElfSegments, segmentHeaderBytes, segmentType } from "./elf-segments.ts";

const kinds: readonly ElfKind[] = [
  { wide: true, little: true },
  { wide: true, little: false },
  { wide: false, little: true },
  { wide: false, little: false },
];
const nameOf = ({ wide, little }: ElfKind): string => `${wide ? "64" : "32"} bits, ${little ? "little" : "big"}-endian`;

type Value = readonly [sizeBytes: number, value: number];
const half = (value: number): Value => [2, value];
const int = (value: number): Value => [4, value];

/** Numbers one after the other. */
function packed({ little }: ElfKind, values: readonly Value[]): Buffer {
  return Buffer.concat(
    values.map(([sizeBytes, value]) => {
      const bytes = Buffer.alloc(sizeBytes);
      bytes.writeUInt16BE(value, sizeBytes - 2);
      return little ? bytes.reverse() : bytes;
    }),
  );
}

function words(kind: ElfKind, ...values: readonly number[]): Buffer {
  const sized = values.map((value): Value => [kind.wide ? 8 : 4, value]);
  return packed(kind, sized);
}

/** The header of a library for AArch64: two segments at 64, three sections at 4096. */
function headerOf(kind: ElfKind): Buffer {
  const [segmentBytes, sectionBytes] = kind.wide ? [56, 64] : [32, 40];
  const magic = Buffer.alloc(16);
  magic.set([0x7f, 0x45, 0x4c, 0x46, kind.wide ? 2 : 1, kind.little ? 1 : 2, 1]);
  const what = packed(kind, [half(3), half(183), int(1)]);
  const sizes = [0, segmentBytes, 2, sectionBytes, 3, 1].map(half);
  return Buffer.concat([magic, what, words(kind, 0, 64, 4096), packed(kind, [int(0x400), ...sizes])]);
}

function parsedHeader(kind: ElfKind): ElfHeader {
  const header = parseElfHeader(headerOf(kind));
  assert.ok(header);
  return header;
}

/** One program header; what a header says beside these is left 0. */
function segmentOf(kind: ElfKind, type: number, offset: number, address: number, length: number): Buffer {
  const start = packed(kind, kind.wide ? [int(type), int(0)] : [int(type)]);
  return Buffer.concat([start, words(kind, offset, address, 0, length)], segmentHeaderBytes(kind));
}

/** One section header. */
function sectionOf(kind: ElfKind, { name, type, offset, length, link }: ElfSection): Buffer {
  const parts = [packed(kind, [int(name), int(type)]), words(kind, 0, 0, offset, length), packed(kind, [int(link)])];
  return Buffer.concat(parts, kind.wide ? 64 : 40);
}

for (const kind of kinds) {
  describe(`an ELF file of ${nameOf(kind)}`, () => {
    test("says in its header what it is and where its tables are", () => {
      const [segmentBytes, sectionBytes] = kind.wide ? [56, 64] : [32, 40];
      assert.deepEqual(parsedHeader(kind), {
        ...kind,
        type: 3,
        machine: 183,
        machineFlags: 0x400,
        segments: { offset: 64, length: 2 * segmentBytes, count: 2, entryBytes: segmentBytes },
        sections: { offset: 4096, length: 3 * sectionBytes, count: 3, entryBytes: sectionBytes },
        namesSection: 1,
      });
    });

    test("has no header when it is cut short", () => {
      const whole = headerOf(kind);
      assert.equal(whole.length, kind.wide ? 64 : 52);
      for (let length = 0; length < whole.length; length += 1)
        assert.equal(parseElfHeader(whole.subarray(0, length)), undefined);
    });

    test("has its segments in the order of the table", () => {
      const table = Buffer.concat([segmentOf(kind, 1, 0x1000, 0x4000, 0x200), segmentOf(kind, 2, 0x1100, 0x4100, 96)]);
      assert.deepEqual(parseElfSegments(parsedHeader(kind), table), [
        { type: segmentType.load, offset: 0x1000, address: 0x4000, length: 0x200 },
        { type: segmentType.dynamic, offset: 0x1100, address: 0x4100, length: 96 },
      ]);
    });

    test("has its sections in the order of the table", () => {
      const written = [
        { name: 0, type: 0, offset: 0, length: 0, link: 0 },
        { name: 1, type: sectionType.dynamic, offset: 0x1100, length: 96, link: 2 },
        { name: 9, type: 3, offset: 0x1200, length: 32, link: 0 },
      ];
      const table = Buffer.concat(written.map((section) => sectionOf(kind, section)));
      assert.deepEqual(parseElfSections(parsedHeader(kind), table), written);
    });

    test("has no segments or sections when their table is cut short or its entries are", () => {
      const header = parsedHeader(kind);
      const { segments, sections } = header;
      assert.equal(parseElfSegments(header, Buffer.alloc(segments.length - 1)), undefined);
      assert.equal(parseElfSections(header, Buffer.alloc(sections.length - 1)), undefined);
      const shorter = { ...segments, entryBytes: segments.entryBytes - 1, length: segments.length - 2 };
      assert.equal(parseElfSegments({ ...header, segments: shorter }, Buffer.alloc(shorter.length)), undefined);
    });

    test("may have longer entries in its tables", () => {
      const header = parsedHeader(kind);
      const entryBytes = header.segments.entryBytes + 8;
      const segments = { ...header.segments, entryBytes, length: 2 * entryBytes };
      const one = Buffer.concat([segmentOf(kind, 1, 16, 32, 48)], entryBytes);
      const found = parseElfSegments({ ...header, segments }, Buffer.concat([one, one]));
      assert.deepEqual(found?.[1], { type: 1, offset: 16, address: 32, length: 48 });
    });

    test("has its dynamic entries up to the end mark, or as far as the bytes go", () => {
      const bytes = words(kind, 1, 7, 14, 9, 14, 11, 0, 0, 1, 13);
      const found = parseDynamicEntries(kind, bytes);
      assert.deepEqual(found, [
        { tag: dynamicTag.needed, value: 7 },
        { tag: dynamicTag.soname, value: 9 },
        { tag: dynamicTag.soname, value: 11 },
      ]);
      assert.equal(dynamicValue(found, dynamicTag.soname), 9);
      assert.equal(dynamicValue(found, dynamicTag.strings), undefined);
      assert.equal(parseDynamicEntries(kind, bytes.subarray(0, bytes.length / 5 + 3)).length, 1);
    });
  });
}

test("what is of another class or byte order, or does not begin like ELF, has no header", () => {
  const damages = [
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [4, 3],
    [5, 0],
    [5, 3],
  ] satisfies [number, number][];
  for (const [at, value] of damages) {
    const bytes = headerOf({ wide: true, little: true });
    bytes[at] = value;
    assert.equal(parseElfHeader(bytes), undefined);
    assert.equal(isElf(bytes), at > 3);
  }
});

describe("an address", () => {
  const load = { type: segmentType.load, offset: 0x1000, address: 0x4000, length: 0x200 };
  const note = { ...load, type: 4, offset: 0 };
  const whole = { ...load, address: 2 ** 52, length: 2 ** 63 };
  const rows: readonly [string, number, number | undefined][] = [
    ["at the beginning of what is loaded is at its offset", 0x4000, 0x1000],
    ["at the end of it is at its last byte", 0x41ff, 0x11ff],
    ["behind it is nowhere", 0x4200, undefined],
    ["before it is nowhere", 0x3fff, undefined],
    ["in another segment is where that is", 2 ** 52 + 5, 0x1005],
    ["that was read inexactly is nowhere", 2 ** 53, undefined],
  ];
  for (const [what, address, offset] of rows) {
    test(what, () => {
      assert.equal(fileOffsetOf([note, load, whole], address), offset);
    });
  }
});

test("a string goes up to its end mark, and there is none without one", () => {
  assert.equal(elfString(Buffer.from("libc.so.6\0rest\0"))?.toString(), "libc.so.6");
  assert.equal(elfString(Buffer.from("\0rest"))?.toString(), "");
  assert.equal(elfString(Buffer.from("rest")), undefined);
  assert.equal(elfString(Buffer.alloc(0)), undefined);
});

test("no bytes make a reader fail", () => {
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(noise, fc.nat(100), fc.constantFrom(...kinds), (bytes, entryBytes, kind) => {
      const header = headerOf(kind);
      bytes.copy(header, 16);
      const count = Math.floor(bytes.length / Math.max(1, entryBytes));
      const table = { offset: 0, length: count * entryBytes, count, entryBytes };
      const lying = { ...parsedHeader(kind), segments: table, sections: table };
      assert.ok(parseElfHeader(header));
      parseElfSegments(lying, bytes.subarray(0, table.length));
      parseElfSections(lying, bytes.subarray(0, table.length));
      parseDynamicEntries(lying, bytes);
    }),
    { numRuns: 300 },
  );
});
