import { createHash, randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { lookAt } from "./store-look.ts";
import { settle } from "./store-settle.ts";

/**
 * The `tmp/` of a store: files that are being written, and one lease for each process that uses the store.
 *
 * A name there is `SCOPE-PID-REST`. SCOPE stands for the running system and its process numbers (the boot, the PID namespace), so that a
 * process can tell of a file from its own scope whether the writer is still alive; a killed one's files are then removed by whoever
 * comes next. Of another scope (a container, another machine, an earlier boot) nothing can be known: there a file counts as alive for a
 * day.
 */
export class Scratch {
  readonly #root: string;
  readonly #folder: string;
  #scope: string | undefined;
  #draw: string | undefined;
  #names = 0;

  constructor(root: string) {
    this.#root = root;
    this.#folder = join(root, "tmp");
  }

  /** A new name to write to and to rename from. */
  newPath(): string {
    // Another process of this number may have left names: one draw keeps all of ours apart from them.
    this.#draw ??= randomBytes(8).toString("hex");
    this.#names += 1;
    return join(this.#folder, this.#named(`${this.#draw}-${String(this.#names)}`));
  }

  /**
   * Writes text under `path` through a rename. Not synced: what a crash tears must show by its content. Synchronous: the page cache
   * takes it in less time than a thread takes to wake.
   * @throws the error of the system
   */
  writeText(path: string, text: string): void {
    this.#replace(path, (aside) => {
      writeFileSync(aside, text, { mode: 0o644 });
    });
  }

  /** {@link writeText} for large tables, in pieces one behind the other. */
  writePieces(path: string, pieces: readonly Uint8Array[]): void {
    this.#replace(path, (aside) => {
      const file = openSync(aside, "w", 0o644);
      try {
        for (const piece of pieces) writeFileSync(file, piece);
      } finally {
        closeSync(file);
      }
    });
  }

  #replace(path: string, write: (aside: string) => void): void {
    const aside = this.newPath();
    try {
      write(aside);
      settle(this.#root, aside, path);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
  }

  /** Says that this process uses the store, and removes what dead ones have left. A store that cannot be written is used without. */
  enter(): void {
    try {
      this.sweep();
      closeSync(openSync(join(this.#folder, this.#named("lease")), "wx", 0o644));
    } catch {
      // Read only, or this process has entered before.
    }
  }

  /**
   * Removes what dead processes have left, in a dry run nothing; returns how many files they had not finished. Leases do not count: a
   * process that ended as it should leaves one too.
   */
  sweep({ dryRun = false }: { readonly dryRun?: boolean } = {}): number {
    const dead = this.#files().filter((file) => !file.isAlive);
    if (!dryRun) for (const { path } of dead) rmSync(path, { force: true });
    return dead.filter(({ name }) => !name.endsWith("-lease")).length;
  }

  /** When the first of the other processes that use the store now began to, in milliseconds; undefined when there are none. */
  othersSince(): number | undefined {
    const others = this.#files().filter(({ name, isAlive }) => isAlive && name !== this.#named("lease"));
    return others.length === 0 ? undefined : Math.min(...others.map(({ mtimeMs }) => mtimeMs));
  }

  #named(rest: string): string {
    this.#scope ??= scopeOf();
    return `${this.#scope}-${String(process.pid)}-${rest}`;
  }

  #files(): { readonly name: string; readonly path: string; readonly isAlive: boolean; readonly mtimeMs: number }[] {
    return readdirSync(this.#folder).flatMap((name) => {
      const path = join(this.#folder, name);
      const found = lookAt(path);
      // Nobody makes folders here.
      if (found === undefined || found.isDirectory()) return [];
      return [{ name, path, mtimeMs: found.mtimeMs, isAlive: this.#isAlive(name, found.mtimeMs) }];
    });
  }

  #isAlive(name: string, mtimeMs: number): boolean {
    this.#scope ??= scopeOf();
    const [, scope, pid] = /^([0-9a-f]{12})-([0-9]+)-/.exec(name) ?? [];
    return scope === this.#scope ? isProcess(Number(pid)) : Date.now() - mtimeMs < foreignMs;
  }
}

const foreignMs = 24 * 60 * 60 * 1000;

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Twelve hex digits; the host's name where the system does not say more. */
function scopeOf(): string {
  const parts = [hostname()];
  try {
    parts.push(readFileSync("/proc/sys/kernel/random/boot_id", "utf8"), readlinkSync("/proc/self/ns/pid"));
  } catch {
    // No Linux, or no /proc.
  }
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
}
