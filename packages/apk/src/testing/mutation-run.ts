import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Keyring } from "../keys.ts";
import { isOrderly, outcomeOf } from "./broken-row.ts";
import { decodedIndex, decodedPackage } from "./decoded.ts";
import { chanceOf, mutate } from "./mutations.ts";

/** A good file that is to be damaged. */
export interface Specimen {
  readonly path: string;
  readonly kind: "package" | "index";
  /** Undefined where signatures are not to be checked. */
  readonly keyring: Keyring | undefined;
}

export interface MutationTally {
  readonly refused: number;
  /** Accepted with the very content of the file that was damaged. */
  readonly harmless: number;
  /** What must not be: other content accepted, or an error without a code. */
  readonly faults: readonly string[];
}

/** Damages the specimens, which must be good, `count` times in turn and reads each result. */
export async function runMutations(
  specimens: readonly Specimen[],
  count: number,
  seed: number,
): Promise<MutationTally> {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-mutations-"));
  const chance = chanceOf(seed);
  const faults: string[] = [];
  let harmless = 0;
  try {
    for (const specimen of specimens) await decode(specimen, specimen.path, await readFile(specimen.path));
    for (let turn = 0; turn < count; turn += 1) {
      const specimen = specimens[turn % specimens.length];
      const donor = specimens[chance(specimens.length)];
      if (specimen === undefined || donor === undefined) break;
      const original = await readFile(specimen.path);
      const { kind, bytes } = mutate(original, await readFile(donor.path), chance);
      const path = join(folder, "mutant");
      await writeFile(path, bytes);
      const outcome = await judge(specimen, donor, path, bytes);
      if (outcome === "harmless") harmless += 1;
      else if (outcome !== "refused") faults.push(`turn ${String(turn)}: ${specimen.path}: ${kind}: ${outcome}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { refused: count - harmless - faults.length, harmless, faults };
}

/** A splice may leave nothing of the file but all of the one it took from. */
async function judge(specimen: Specimen, donor: Specimen, path: string, bytes: Buffer): Promise<string> {
  let content = "";
  const outcome = await outcomeOf(async () => {
    content = await decode(specimen, path, bytes);
  });
  if (outcome !== "accepted") return isOrderly(outcome) ? "refused" : outcome;
  for (const { path: source, kind } of [specimen, donor]) {
    if (kind === specimen.kind && content === (await decode(specimen, source, await readFile(source))))
      return "harmless";
  }
  return "accepted with other content";
}

async function decode({ kind, keyring }: Specimen, path: string, bytes: Buffer): Promise<string> {
  return kind === "index" ? decodedIndex(bytes, keyring) : decodedPackage(path, keyring);
}
