import type { InstalledOwner } from "@apkmill/apk";
import { compareBytes } from "@apkmill/core";
import { ancestorsOf } from "../entry-path.ts";
import { takesDirectory, type Claimant } from "../precedence.ts";

/**
 * Which packages list which directory, and whose mode and owner it therefore has? Directories as packages name them. A class
 * because packages come and go while a transaction is planned.
 */
export class DirectoryClaims {
  /** Directory → number of the package → what it says. */
  readonly #claims = new Map<string, Map<number, InstalledOwner>>();
  /** What held before the first change, of directories whose claims changed. */
  readonly #before = new Map<string, DirectoryClaim | undefined>();
  readonly #claimants: readonly Claimant[];

  constructor(claimants: readonly Claimant[]) {
    this.#claimants = claimants;
  }

  /** Claims that the database has; they are no change. */
  begin(owner: number, directories: Iterable<InstalledOwner & { readonly path: string }>): void {
    for (const claim of directories) this.#put(owner, claim);
  }

  add(owner: number, directories: Iterable<InstalledOwner & { readonly path: string }>): void {
    for (const claim of directories) {
      this.#note(claim.path);
      this.#put(owner, claim);
    }
  }

  remove(owner: number, directories: Iterable<{ readonly path: string }>): void {
    for (const { path } of directories) {
      this.#note(path);
      const claims = this.#claims.get(path);
      claims?.delete(owner);
      if (claims?.size === 0) this.#claims.delete(path);
    }
  }

  /** Directories whose claims changed, with what held before and what holds now; sorted by path. */
  changed(): { readonly path: string; readonly before?: DirectoryClaim; readonly after?: DirectoryClaim }[] {
    return [...this.#before]
      .sort(([a], [b]) => compareBytes(a, b))
      .map(([path, before]) => {
        const after = this.#strongest(path);
        return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
      });
  }

  isListed(path: string): boolean {
    return this.#claims.has(path);
  }

  /** Directories that no package lists any more, nor anything below them; the deepest first. */
  abandoned(): string[] {
    const needed = new Set([...this.#claims.keys()].flatMap((path) => [...ancestorsOf(path), path]));
    const gone = new Set([...this.#before.keys()].flatMap((path) => [...ancestorsOf(path), path]));
    return [...gone].filter((path) => path !== "" && !needed.has(path)).sort((a, b) => compareBytes(b, a));
  }

  #put(owner: number, { path, uid, gid, mode, xattrDigest }: InstalledOwner & { readonly path: string }): void {
    const claims = this.#claims.get(path) ?? new Map<number, InstalledOwner>();
    this.#claims.set(path, claims.set(owner, { uid, gid, mode, xattrDigest }));
  }

  #note(path: string): void {
    if (!this.#before.has(path)) this.#before.set(path, this.#strongest(path));
  }

  #strongest(path: string): DirectoryClaim | undefined {
    let best: DirectoryClaim | undefined;
    for (const [owner, said] of this.#claims.get(path) ?? []) {
      const by = this.#claimants[owner];
      if (by !== undefined && (best === undefined || takesDirectory(by, best.by))) best = { by, said };
    }
    return best;
  }
}

/** The claim that goes before the others. */
export interface DirectoryClaim {
  readonly by: Claimant;
  readonly said: InstalledOwner;
}
