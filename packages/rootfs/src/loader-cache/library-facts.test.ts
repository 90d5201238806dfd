import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ByteRange } from "@apkmill/archive";
import fc from "fast-check";
import { elfOf, type TestLibrary } from "../testing/elf.ts";
import { readLibrary, type LibraryFacts } from "./library-facts.ts";
import { LibraryScan } from "./scan-library.ts";

/** The facts of a file that is there whole; every range that is wanted must lie in it. */
function factsOf(bytes: Buffer): LibraryFacts | undefined {
  const reading = readLibrary(({ offset, length }: ByteRange) => {
    assert.ok(offset >= 0 && length <= 64 * 1024 && offset + length <= bytes.length, "wants bytes outside of the file");
    return bytes.subarray(offset, offset + length);
  }, bytes.length);
  assert.ok("facts" in reading);
  return reading.facts;
}

const big = { little: false } as const;
const narrow = { wide: false } as const;
const soft = 1;

/** The library, and the flags that glibc's headers and ELF readers give it. */
const known: readonly [string, TestLibrary, number][] = [
  ["x86-64", { machine: 62 }, 0x0303],
  ["x32", { machine: 62, ...narrow }, 0x0803],
  ["i386", { machine: 3, ...narrow }, 0x0003],
  ["aarch64", { machine: 183 }, 0x0a03],
  ["arm with hard floats", { machine: 40, ...narrow, elfFlags: 0x5000400 }, 0x0903],
  ["arm with soft floats", { machine: 40, ...narrow, elfFlags: 0x5000200 }, 0x0b03],
  ["arm that does not say", { machine: 40, ...narrow, elfFlags: 0x5000000 }, 0x0003],
  ["ppc64le", { machine: 21 }, 0x0503],
  ["ppc", { machine: 20, ...narrow, ...big }, 0x0003],
  ["s390x", { machine: 22, ...big }, 0x0403],
  ["riscv64 with double floats", { machine: 243, elfFlags: 0x5 }, 0x1003],
  ["riscv64 with soft floats", { machine: 243, elfFlags: soft }, 0x0f03],
  ["loongarch64 with double floats", { machine: 258, elfFlags: 0x43 }, 0x1203],
  ["loongarch64 with soft floats", { machine: 258, elfFlags: soft }, 0x1103],
];

describe("the facts of a library", () => {
  for (const [what, library, flags] of known) {
    test(`of ${what} are its name and flags`, () => {
      const facts = factsOf(elfOf({ soname: "libz.so.1", ...library }));
      assert.equal(facts?.soname, "libz.so.1");
      assert.equal(facts.flags, flags);
    });
  }

  test("are there without a name", () => {
    assert.equal(factsOf(elfOf())?.soname, "");
  });

  const none: readonly [string, Buffer][] = [
    ["an empty file", Buffer.alloc(0)],
    ["a linker script", Buffer.from(`/* GNU ld script */ GROUP ( libc.so.6 )${" ".repeat(100)}`)],
    ["an executable", elfOf({ type: 2 })],
    ["an object file", elfOf({ type: 1 })],
    ["a machine that nobody knows", elfOf({ machine: 999 })],
    ["a riscv64 library of another calling convention", elfOf({ machine: 243, elfFlags: 2 })],
    ["a 32-bit aarch64 library", elfOf({ machine: 183, wide: false })],
    ["a name with a slash", elfOf({ soname: "../../etc/passwd" })],
    ["a name with a line break", elfOf({ soname: "liba\n.so" })],
    ["an empty name", elfOf({ soname: "" })],
    ["a name of more than 255 bytes", elfOf({ soname: "l".repeat(256), between: 500 })],
  ];
  for (const [what, bytes] of none) {
    test(`are none for ${what}`, () => {
      assert.equal(factsOf(bytes), undefined);
    });
  }

  const tooMany: readonly [string, number, number][] = [
    ["program headers", 56, 0xffff],
    ["bytes of a program header", 54, 0xffff],
  ];
  for (const [what, at, value] of tooMany) {
    test(`are none for a file with ${String(value)} ${what}`, () => {
      const bytes = elfOf({ soname: "libz.so.1", before: 8 << 20 });
      bytes.writeUInt16LE(value, at);
      assert.equal(factsOf(bytes), undefined);
    });
  }

  test("never come from outside of the file, wherever it is cut", () => {
    const whole = elfOf({ soname: "libz.so.1" });
    for (let length = 0; length < whole.length; length += 1)
      assert.equal(factsOf(whole.subarray(0, length)), undefined);
  });

  test("never fail on a damaged file", () => {
    const whole = elfOf({ soname: "libz.so.1" });
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      factsOf(damaged);
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 60, maxLength: 300 }), (noise) => {
        factsOf(Buffer.concat([whole.subarray(0, 64), noise]));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a scan of a library", () => {
  // eslint-disable-next-line @typescript-eslint/require-await -- async because consumers of content are
  async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  /** The library, how it is cut into chunks, and the passes that its facts take. */
  const rows: readonly [string, TestLibrary, number, number][] = [
    ["a small one", {}, 1 << 16, 1],
    ["one byte at a time", {}, 1, 1],
    ["a dynamic section behind what is kept", { between: 5 << 20 }, 1 << 18, 1],
    ["all behind what is kept", { before: 5 << 20, between: 1 << 20 }, 1 << 18, 2],
    ["all behind what is kept, in odd chunks", { before: 5 << 20, between: 1 << 20 }, 99_991, 2],
  ];
  for (const [what, library, size, passes] of rows) {
    test(`of ${what} takes ${String(passes)} passes`, async () => {
      const bytes = elfOf({ soname: "libz.so.1", ...library });
      const scan = new LibraryScan(bytes.length);
      let count = 0;
      for (; scan.facts === "unfinished" && count < 5; count += 1) await scan.pass(chunksOf(bytes, size));
      assert.deepEqual(scan.facts, { soname: "libz.so.1", flags: 0x0303, machine: "x86_64" });
      assert.equal(count, passes);
    });
  }

  test("finds none in a file that gives the header's place to its program headers, wherever it is cut", async () => {
    const bytes = elfOf({ soname: "libz.so.1" });
    bytes.writeBigUInt64LE(0n, 32);
    for (let size = 1; size <= bytes.length; size += 1) {
      const scan = new LibraryScan(bytes.length);
      await scan.pass(chunksOf(bytes, size));
      assert.equal(scan.facts, undefined);
    }
  });

  test("ends before the content does once all is known", async () => {
    const library = elfOf({ soname: "libz.so.1", between: 300 });
    const scan = new LibraryScan(library.length + 1000);
    let read = 0;
    // eslint-disable-next-line @typescript-eslint/require-await -- async because consumers of content are
    const content = async function* (): AsyncGenerator<Uint8Array> {
      for (const chunk of [library, Buffer.alloc(1000)]) {
        read += 1;
        yield chunk;
      }
    };
    await scan.pass(content());
    assert.notEqual(scan.facts, "unfinished");
    assert.equal(read, 1);
  });
});
