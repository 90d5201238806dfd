import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tarEnd } from "@apkmill/archive";
import type { Ports } from "@apkmill/core";
import { readIndex } from "../index-file.ts";
import type { Keyring, SigningKey } from "../keys.ts";
import { openRepositories } from "../repositories.ts";
import { solve } from "../solve.ts";
import { verifyPackageFile } from "../verify-package.ts";
import { isOrderly, outcomeOf } from "./broken-row.ts";
import { chanceOf, mutate, type Chance } from "./mutations.ts";
import {
  member,
  plainIndexText,
  plainTar,
  shapeIndex,
  shapePackage,
  type IndexShape,
  type PackageShape,
} from "./raw-package.ts";

/**
 * Damage inside the wrapping: tar and text are damaged before they are packed, hashed and signed, so that it reaches the parsers, which
 * no checksum protects here. What still makes sense is accepted, whatever it says now.
 */
export async function runInnerMutations(
  ports: Ports,
  folder: string,
  { key, keyring }: { readonly key: SigningKey; readonly keyring: Keyring },
  count: number,
  seed: number,
): Promise<{ readonly accepted: number; readonly faults: readonly string[] }> {
  const chance = chanceOf(seed);
  const indexPath = join(folder, "x86_64/APKINDEX.tar.gz");
  const packagePath = join(folder, "inner.apk");
  await mkdir(join(folder, "x86_64"), { recursive: true });
  const faults: string[] = [];
  let accepted = 0;
  for (let turn = 0; turn < count; turn += 1) {
    const outcome = await outcomeOf(async () => {
      if (turn % 2 === 0) {
        const bytes = shapeIndex(key, indexShape(chance));
        await writeFile(indexPath, bytes);
        readIndex(bytes);
        await resolveFrom(ports, folder, keyring);
      } else {
        await writeFile(packagePath, shapePackage(key, packageShape(chance)));
        await verifyPackageFile(packagePath, keyring);
      }
    });
    if (outcome === "accepted") accepted += 1;
    if (!isOrderly(outcome)) faults.push(`turn ${String(turn)}: ${outcome}`);
  }
  await rm(folder, { recursive: true, force: true });
  return { accepted, faults };
}

/** Whether there is an answer does not matter here, but that there is one. */
async function resolveFrom(ports: Ports, folder: string, keyring: Keyring): Promise<void> {
  const repositories = await openRepositories(ports, { locations: [folder], keyring, arch: "x86_64" });
  solve({ repositories, world: ["hello"] });
}

function indexShape(chance: Chance): IndexShape {
  const damage = (bytes: Buffer): Buffer => mutate(bytes, plainTar, chance).bytes;
  return chance(3) === 0 ? { tar: damage } : { text: damage(Buffer.from(plainIndexText.repeat(1 + chance(5)))) };
}

function packageShape(chance: Chance): PackageShape {
  const damage = (bytes: Buffer): Buffer => mutate(bytes, plainTar, chance).bytes;
  const shapes: readonly (() => PackageShape)[] = [
    () => ({ info: (text) => damage(Buffer.from(text)) }),
    () => ({ control: damage }),
    () => ({ signature: damage }),
    () => ({ data: member(damage(Buffer.concat([plainTar, tarEnd]))) }),
  ];
  return shapes[chance(shapes.length)]?.() ?? {};
}
