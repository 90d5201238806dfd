/**
 * Damage of every kind, from a seed: the same seed gives the same damage. Positions favour the beginning and the end of a file, where
 * the structure is.
 */

/** A stream of numbers from 0 up to and without `below`. */
export type Chance = (below: number) => number;

/** xorshift32: small, and the same on every machine. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Damage = (bytes: Buffer, chance: Chance, other: Buffer) => Buffer;

function positionIn(bytes: Buffer, chance: Chance): number {
  const place = chance(4);
  const span = place < 2 ? Math.min(bytes.length, 1024) : bytes.length;
  return place === 0 ? bytes.length - 1 - chance(span) : chance(span);
}

/** Up to 600 bytes at a time: more than a tar block. */
const lengthOf = (chance: Chance): number => 1 + chance(chance(4) === 0 ? 600 : 16);

const damages: Readonly<Record<string, Damage>> = {
  "bit flip": (bytes, chance) => {
    const changed = Buffer.from(bytes);
    const at = positionIn(bytes, chance);
    changed[at] = (changed[at] ?? 0) ^ (1 << chance(8));
    return changed;
  },
  "byte set": (bytes, chance) => {
    const changed = Buffer.from(bytes);
    changed[positionIn(bytes, chance)] = [0, 0xff, 0x7f, 0x80, chance(256)][chance(5)] ?? 0;
    return changed;
  },
  deletion: (bytes, chance) => {
    const at = positionIn(bytes, chance);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + lengthOf(chance))]);
  },
  insertion: (bytes, chance) => {
    const at = positionIn(bytes, chance);
    const added = Buffer.from(Array.from({ length: lengthOf(chance) }, () => chance(256)));
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  },
  duplication: (bytes, chance) => {
    const at = positionIn(bytes, chance);
    const end = Math.min(bytes.length, at + lengthOf(chance));
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
  },
  swap: (bytes, chance) => {
    const [first = 0, second = 0] = [positionIn(bytes, chance), positionIn(bytes, chance)].sort((a, b) => a - b);
    const length = Math.min(lengthOf(chance), second - first, bytes.length - second);
    const changed = Buffer.from(bytes);
    bytes.copy(changed, first, second, second + length);
    bytes.copy(changed, second, first, first + length);
    return changed;
  },
  truncation: (bytes, chance) => bytes.subarray(0, positionIn(bytes, chance)),
  splice: (bytes, chance, other) => {
    const at = positionIn(bytes, chance);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(positionIn(other, chance))]);
  },
};

const kinds = Object.keys(damages);

export interface Mutation {
  /** What was done, to print. */
  readonly kind: string;
  readonly bytes: Buffer;
}

/** `bytes` with one to three damages; `other` is what splices take from. */
export function mutate(bytes: Buffer, other: Buffer, chance: Chance): Mutation {
  const done: string[] = [];
  let changed = bytes;
  for (let times = chance(4) === 0 ? 1 + chance(3) : 1; times > 0; times -= 1) {
    const kind = kinds[chance(kinds.length)] ?? "";
    if (changed.length > 0) changed = damages[kind]?.(changed, chance, other) ?? changed;
    done.push(kind);
  }
  return { kind: done.join(", "), bytes: changed };
}
