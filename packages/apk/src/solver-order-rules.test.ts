import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changesOf, chosen } from "./testing/universe-text.ts";

/** Reference apk-formats A10.6 (in which order changes are listed) and A10.8 (in which order apk's table is walked), tested from their words. */

const plain = (...names: readonly string[]): string => names.map((name) => `P:${name}\nV:1`).join("\n\n");

describe("A10.6 order of installation", () => {
  test("A10.6: the names of the world come in their order: without regard to case, then by bytes", () => {
    assert.equal(chosen(plain("b", "C", "a", "c"), "c b C a"), "a-1 b-1 C-1 c-1");
  });

  test("A10.6: what a package depends on comes before it, in the order in which it is listed, depth first", () => {
    const index = `
      P:a
      V:1
      D:c b

      P:b
      V:1

      P:c
      V:1
      D:d

      P:d
      V:1`;
    assert.equal(chosen(index, "a"), "d-1 c-1 b-1 a-1");
  });

  test("A10.6: each package is listed once, where it is needed first", () => {
    const index = `
      P:a
      V:1
      D:b c

      P:b
      V:1
      D:c

      P:c
      V:1`;
    assert.equal(chosen(index, "a b c"), "c-1 b-1 a-1");
  });

  test("A10.6: where dependencies go round, the one that is met first comes last", () => {
    const index = `
      P:a
      V:1
      D:b

      P:b
      V:1
      D:a`;
    assert.equal(chosen(index, "a"), "b-1 a-1");
    assert.equal(chosen(index, "b"), "a-1 b-1");
  });

  test("A10.6: the package that is chosen for a name that somebody else provides comes in that name's place", () => {
    const index = `
      P:z
      V:1
      p:b=1

      ${plain("a", "c")}`;
    assert.equal(chosen(index, "a b c"), "a-1 z-1 c-1");
  });

  test("A10.6: what install_if triggers comes right after the package that completes it", () => {
    const index = `${plain("a", "b", "c")}\n\nP:x\nV:1\ni:a b`;
    assert.equal(chosen(index, "a b c"), "a-1 b-1 x-1 c-1");
  });

  test("A10.6: what the triggered one depends on comes before that", () => {
    const index = `${plain("a", "d", "z")}\n\nP:x\nV:1\nD:d\ni:a`;
    assert.equal(chosen(index, "a z"), "a-1 d-1 x-1 z-1");
  });

  test("A10.6: install_if can be completed by the name that a package provides", () => {
    const index = `P:a\nV:1\np:n=1\n\n${plain("z")}\n\nP:x\nV:1\ni:n`;
    assert.equal(chosen(index, "a z"), "a-1 x-1 z-1");
  });
});

describe("A10.8 order of apk's table", () => {
  /** MurmurHash3, 32 bits, written from its public description. */
  function murmur3(text: string, seed: number): number {
    const bytes = Buffer.from(text);
    const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
    const mix = (block: number): number => Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
    let hash = seed;
    const whole = bytes.length - (bytes.length % 4);
    for (let at = 0; at < whole; at += 4) {
      hash = (Math.imul(rotate(hash ^ mix(bytes.readInt32LE(at)), 13), 5) + 0xe6546b64) | 0;
    }
    let tail = 0;
    for (let at = bytes.length - 1; at >= whole; at -= 1) tail = (tail << 8) | (bytes[at] ?? 0);
    if (bytes.length > whole) hash ^= mix(tail);
    hash ^= bytes.length;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  const bucketOf = (name: string): number => murmur3(name, 5381) % 20_000;

  const triggered = (names: readonly string[]): string =>
    `${plain("a")}\n\n${names.map((name) => `P:${name}\nV:1\ni:a`).join("\n\n")}`;

  test("A10.8: names are walked by bucket, murmur3-32 with seed 5381 modulo 20,000, ascending", () => {
    const names = Array.from({ length: 40 }, (_, index) => `name-${index}`);
    const buckets = new Set(names.map(bucketOf));
    assert.equal(buckets.size, names.length, "the names of this test are in buckets of their own");
    const sorted = [...names].sort((x, y) => bucketOf(x) - bucketOf(y));
    assert.equal(chosen(triggered(names), "a"), ["a", ...sorted].map((name) => `${name}-1`).join(" "));
    assert.equal(chosen(triggered([...names].reverse()), "a"), ["a", ...sorted].map((name) => `${name}-1`).join(" "));
  });

  /** Two names in one bucket; there are some among a thousand. */
  function colliding(): readonly [string, string] {
    const seen = new Map<number, string>();
    for (let index = 0; ; index += 1) {
      const name = `n${index}`;
      const other = seen.get(bucketOf(name));
      if (other !== undefined) return [other, name];
      seen.set(bucketOf(name), name);
    }
  }

  test("A10.8: in a bucket the name that was mentioned last comes first", () => {
    const [one, two] = colliding();
    assert.equal(chosen(triggered([one, two]), "a"), `a-1 ${two}-1 ${one}-1`);
    assert.equal(chosen(triggered([two, one]), "a"), `a-1 ${one}-1 ${two}-1`);
  });

  test("A10.8: a name is mentioned first where a dependency names it: fields are read as P, D, p, i", () => {
    const [one, two] = colliding();
    const mentioned = (letter: string): string => `P:z\nV:1\n${letter}:${two} never\n\n${triggered([one, two])}`;
    for (const letter of ["D", "p", "i"]) assert.equal(chosen(mentioned(letter), "a"), `a-1 ${one}-1 ${two}-1`, letter);
  });

  test("A10.8: the installed database is mentioned before all indexes", () => {
    const [one, two] = colliding();
    const offered = triggered([one, two]);
    const verb = { kind: "add", packages: ["a"] } as const;
    const install = (...names: readonly string[]): string => names.map((name) => `install ${name}-1`).join("; ");
    assert.equal(changesOf({ installed: "P:z\nV:1", offered, world: "z", verb }), install("a", two, one));
    const mentions = `P:z\nV:1\nD:!${two}>1`;
    assert.equal(changesOf({ installed: mentions, offered, world: "z", verb }), install("a", one, two));
  });

  test("A10.8: the names of the world are mentioned before the installed database", () => {
    const [one, two] = colliding();
    const verb = { kind: "add", packages: ["a"] } as const;
    const install = (...names: readonly string[]): string => names.map((name) => `install ${name}-1`).join("; ");
    const installed = `P:z\nV:1\nD:!${one}>1 !${two}>1`;
    const asked = (world: string): string => changesOf({ installed, offered: triggered([one, two]), world, verb });
    assert.equal(asked("z"), install("a", two, one));
    assert.equal(asked(`z !${two}>1`), install("a", one, two));
  });
});
