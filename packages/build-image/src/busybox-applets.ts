import { compareBytes } from "@apkmill/core";

/**
 * Which links would this busybox make of itself?
 *
 * Contract: what `busybox --list-full` prints, without running the program, which may be for another machine; undefined for a program in
 * which that cannot be read beyond doubt. Every busybox that can install itself carries two tables: the names of its commands, each
 * ended by a zero and all in order, and half a byte for each that says in which directory it belongs.
 * Steps: find the names; find the only place at which a table of halves puts a dozen commands where every busybox has them.
 * The exception: with other commands than that dozen, or two places that fit, nothing is said rather than something wrong.
 */
export function busyboxApplets(program: Buffer): string[] | undefined {
  const names = appletNames(program);
  const known = names.flatMap((name, index) => {
    const directory = usualDirectories.get(name);
    return directory === undefined ? [] : [{ index, directory }];
  });
  if (known.length < leastKnown) return undefined;
  const tables = placesOf(program, names.length, known);
  const [table] = tables;
  if (table === undefined || tables.length > 1) return undefined;
  return names.map((name, index) => `${directories[halfByte(program, table, index)] ?? ""}/${name}`);
}

/** By the number that busybox gives them (include/busybox.h, `bb_install_loc_t`). */
const directories = ["", "/bin", "/sbin", "/usr/bin", "/usr/sbin"] as const;

/** Commands that no version of busybox ever moved. */
const usualDirectories: ReadonlyMap<string, number> = new Map([
  ...["cat", "chmod", "cp", "ls", "mount", "rm", "sh", "sed"].map((name) => [name, 1] as const),
  ...["ifconfig", "init", "mkswap", "route", "swapon"].map((name) => [name, 2] as const),
  ...["awk", "cut", "env", "find", "head", "id", "sort", "vi", "wc", "wget"].map((name) => [name, 3] as const),
  ...["chroot", "crond"].map((name) => [name, 4] as const),
]);
/** Five places to choose from: by chance, one place in 10^8 would fit twelve commands. */
const leastKnown = 12;

const firstNames = Buffer.from("[\0[[\0");
const mostNames = 1000;

function appletNames(program: Buffer): string[] {
  const names: string[] = [];
  let at = program.indexOf(firstNames);
  while (at >= 0 && names.length <= mostNames) {
    const end = program.indexOf(0, at);
    const name = end - at > 64 ? "" : program.toString("latin1", at, end);
    const last = names.at(-1);
    if (!/^[\w.+[-]+$/.test(name) || (last !== undefined && compareBytes(last, name) >= 0)) break;
    names.push(name);
    at = end + 1;
  }
  return names.length > mostNames ? [] : names;
}

interface KnownPlace {
  readonly index: number;
  readonly directory: number;
}

/** Where a table of halves may begin: it puts the known commands where they belong, and no command into a sixth directory. */
function placesOf(program: Buffer, count: number, known: readonly KnownPlace[]): number[] {
  const places: number[] = [];
  const [first] = known;
  for (let table = 0; table + Math.ceil(count / 2) <= program.length; table += 1) {
    // Most places end here, and there are as many as the program has bytes.
    if (first === undefined || halfByte(program, table, first.index) !== first.directory) continue;
    if (!known.every(({ index, directory }) => halfByte(program, table, index) === directory)) continue;
    const all = Array.from({ length: count }, (_, index) => halfByte(program, table, index));
    if (all.every((directory) => directory < directories.length)) places.push(table);
  }
  return places;
}

/** The lower half is that of the even one. */
function halfByte(program: Buffer, table: number, index: number): number {
  const byte = program[table + (index >> 1)] ?? 0xff;
  return index % 2 === 0 ? byte & 0xf : byte >> 4;
}
