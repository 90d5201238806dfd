import type { PlannedPackage } from "@apkmill/rootfs";
import type { PlannedLayer } from "./plan-layers.ts";

/** Where a package is in an image, how, and why so. */
export interface PackagePlacement {
  /**
   * `verbatim`: its data section is a layer. `rewritten`: it cannot be one, and was written anew. `joined`: it could be one, but
   * shares a layer with others. `none`: nothing of it is in the image.
   */
  readonly how: "verbatim" | "rewritten" | "joined" | "none";
  /** Position of its layer, from 0; undefined for `none`. */
  readonly layer: number | undefined;
  /** For people. */
  readonly why: string;
}

/** The answer for every package, in install order. */
export function placePackages(layers: readonly PlannedLayer[], planned: readonly PlannedPackage[]): PackagePlacement[] {
  const layerOf = new Map(layers.flatMap(({ packages }, layer) => packages.map((index) => [index, layer] as const)));
  return planned.map(({ verbatim, why }, index) => {
    const layer = layerOf.get(index);
    const holder = layers[layer ?? -1];
    if (holder === undefined) return { how: "none", layer: undefined, why: why === "" ? "it has no files" : why };
    if (holder.kind === "verbatim" || holder.kind === "rewritten") return { how: holder.kind, layer, why: holder.why };
    return verbatim ? { how: "joined", layer, why: shared(holder) } : { how: "rewritten", layer, why };
  });
}

function shared({ kind, why }: PlannedLayer): string {
  return kind === "generated" ? "one layer was to hold everything" : why;
}
