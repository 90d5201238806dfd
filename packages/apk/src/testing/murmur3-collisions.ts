import { rotate, scramble } from "../solver/murmur3.ts";

/** Texts of one length that MurmurHash3 (32 bits, seed 0) cannot tell apart, of letters and digits: 2 to the power of `choices`. */
export function murmur3Collisions(choices: number): string[] {
  let hash = 0;
  let texts = [""];
  for (let choice = 0; choice < choices; choice += 1) {
    const first = blockOf(0);
    const target = step(step(hash, first), first);
    const [one, two] = otherBlocks(hash, target, first);
    texts = texts.flatMap((text) => [text + textOf(first) + textOf(first), text + textOf(one) + textOf(two)]);
    hash = target;
  }
  return texts;
}

/** Two other blocks that lead from one state to another: the first is tried, the second follows from it. */
function otherBlocks(hash: number, target: number, not: number): readonly [number, number] {
  for (let number = 1; ; number += 1) {
    const one = blockOf(number);
    const two = blockBetween(step(hash, one), target);
    if (one !== not && /^[a-z0-9]{4}$/i.test(textOf(two))) return [one, two];
  }
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A block of four letters for each number. */
function blockOf(number: number): number {
  const at = (place: number): number =>
    letters.charCodeAt(Math.floor(number / letters.length ** place) % letters.length);
  return at(0) | (at(1) << 8) | (at(2) << 16) | (at(3) << 24);
}

function textOf(block: number): string {
  return String.fromCharCode(block & 255, (block >>> 8) & 255, (block >>> 16) & 255, block >>> 24);
}

function step(hash: number, block: number): number {
  return (Math.imul(rotate(hash ^ scramble(block), 13), 5) + 0xe6546b64) | 0;
}

/** The block whose step leads from one state to another: each part of a step can be undone. */
function blockBetween(hash: number, target: number): number {
  const scrambled = rotate(Math.imul(target - 0xe6546b64, inverse(5)), 19) ^ hash;
  return Math.imul(rotate(Math.imul(scrambled, inverse(0x1b873593)), 17), inverse(0xcc9e2d51));
}

/** Of an odd number modulo 2³²: each round doubles the bits that are right. */
function inverse(odd: number): number {
  let found = odd;
  for (let round = 0; round < 5; round += 1) found = Math.imul(found, 2 - Math.imul(odd, found));
  return found;
}
