import type { Repository } from "../repository.ts";
import { requireSolved, solve, type SolveRequest } from "../solve.ts";
import { installedOf } from "./universe-text.ts";

/**
 * Indexes that nobody would write who means well, each with a request, resolved one after the other: a program of its own, so
 * that a test can bound its memory. Prints a line of JSON for each: its name, the answer, and how long that took.
 */
interface Attack {
  readonly name: string;
  readonly world: string;
  readonly records: () => readonly string[];
  /** What is installed, and goes where the world does not ask for it. */
  readonly installed?: () => readonly string[];
}

const many = 100_000;

const attacks: readonly Attack[] = [
  {
    name: "a circle of 100,000",
    world: "p0",
    records: () => list(many, (i) => record(`p${i}`, `D:p${(i + 1) % many}`)),
  },
  {
    name: "a chain of 100,000",
    world: "p0",
    records: () => list(many, (i) => record(`p${i}`, i + 1 < many ? `D:p${i + 1}` : "")),
  },
  {
    name: "a chain of 100,000 that ends nowhere",
    world: "p0",
    records: () => list(many, (i) => record(`p${i}`, `D:p${i + 1}`)),
  },
  {
    name: "a package with 100,000 dependencies",
    world: "big",
    records: () => [record("big", `D:${list(many, (i) => `d${i}`).join(" ")}`), ...list(many, (i) => record(`d${i}`))],
  },
  {
    name: "10,000 providers of one name that exclude each other",
    world: "x",
    records: () => list(10_000, (i) => record(`q${i}`, `p:x=${i}`, "D:!x<1")),
  },
  {
    name: "10,000 versions of one package",
    world: "a",
    records: () => list(10_000, (i) => record("a", `D:b>${i % 77}`).replace("V:1", `V:${i}`)),
  },
  {
    name: "conflicts in exponentially many ways",
    world: "n0",
    records: () =>
      list(4000, (i) => {
        const conflicts = list(20, (k) => `!n${((i >> 1) + k + 1) % 2000}=${(i + k) & 1}`);
        return record(`n${i >> 1}`, `D:${conflicts.join(" ")} n${((i >> 1) + 1) % 2000}`).replace("V:1", `V:${i & 1}`);
      }),
  },
  {
    name: "install_if in a circle of 10,000",
    world: "z",
    records: () => [
      record("z", "D:a0 a1"),
      ...list(10_000, (i) => record(`a${i}`, `i:a${(i + 9_999) % 10_000} a${(i + 9_998) % 10_000}`)),
    ],
  },
  {
    name: "5,000 packages that bring each other by install_if",
    world: "z",
    records: () => [record("z", "D:a0"), ...list(5000, (i) => record(`a${i}`, "p:v", "i:v z"))],
  },
  {
    name: "300 names with 3,000 providers each",
    world: list(300, (k) => `v${k}`).join(" "),
    records: () => list(3000, (i) => record(`a${i}`, `p:${list(300, (k) => `v${k}=${i}`).join(" ")}`)),
  },
  {
    name: "1,000 packages that all need each other",
    world: "w0",
    records: () =>
      list(1000, (i) =>
        record(
          `w${i % 200}`,
          `D:${list(200, (k) => `w${k}${k % 3 === 0 ? `>${(i * k) % 7}` : ""}`).join(" ")}`,
        ).replace("V:1", `V:${i}`),
      ),
  },
  {
    name: "200,000 records of one identity",
    world: "p0",
    records: () => list(2 * many, (i) => record(`p${i}`, sameIdentity)),
  },
  {
    name: "a package that provides one name 100,000 times",
    world: "x",
    records: () => [record("a", `p:${list(many, (i) => `x=${i}`).join(" ")}`)],
  },
  {
    name: "a package that provides 200,000 names",
    world: "x0 x1>5",
    records: () => [record("a", `p:${list(2 * many, (i) => `x${i}=1`).join(" ")}`)],
  },
  {
    name: "two packages that provide one name 20,000 times and need 20,000",
    world: "x",
    records: () => [
      ...list(2, (k) => {
        const provided = list(20_000, (i) => `x=${i}`);
        return record(`a${k}`, `p:${provided.join(" ")}`, `D:${list(20_000, (i) => `d${i}`).join(" ")}`);
      }),
      ...list(20_000, (i) => record(`d${i}`)),
    ],
  },
  {
    name: "two versions that provide 40,000 names and need 6,000 which come one by one",
    world: "z",
    records: () => [
      record("z", "D:e0 c"),
      ...list(6000, (i) => record(`e${i}`, `D:${i < 5999 ? `e${i + 1}` : "c"}`)),
      ...list(2, (k) =>
        record(
          "c",
          `p:${list(40_000, (i) => `v${k}.${i}=1`).join(" ")}`,
          `D:${list(6000, (i) => `e${i}`).join(" ")}`,
        ).replace("V:1", `V:${k}`),
      ),
    ],
  },
  {
    name: "an install_if of 40,000 conditions",
    world: "z",
    records: () => [
      record("z", `D:${list(40_000, (i) => `c${i}`).join(" ")}`),
      ...list(40_000, (i) => record(`c${i}`)),
      record("x", `i:${list(40_000, (i) => `c${i}`).join(" ")}`),
    ],
  },
  {
    name: "a package with 150,000 dependencies that nothing provides",
    world: "a",
    records: () => [record("a", `D:${list(150_000, (i) => `d${i}`).join(" ")}`)],
  },
  {
    name: "10,000 installed packages that go, and provide and need one name",
    world: "new",
    records: () => [record("new")],
    installed: () => list(10_000, (i) => record(`p${i}`, "p:v", "D:v", `T:${i}`)),
  },
];

const sameIdentity = "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=";

function list(length: number, make: (index: number) => string): string[] {
  return Array.from({ length }, (_, index) => make(index));
}

function record(name: string, ...more: readonly string[]): string {
  return `${["P:" + name, "V:1", "A:x86_64", "I:1", ...more.filter((line) => line !== "")].join("\n")}\n\n`;
}

function answer({ world, records, installed }: Attack): string {
  const indexText = Buffer.from(records().join(""));
  const repository: Repository = { location: "x", tag: "", arch: "x86_64", records: [], indexText, signer: undefined };
  const request: SolveRequest = {
    repositories: [repository],
    installed: installed && installedOf(installed().join("")),
    world: [],
    verb: { kind: "add", packages: world.split(" ") },
  };
  try {
    return String(requireSolved(solve(request)).install.length);
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

for (const attack of attacks) {
  const started = performance.now();
  const found = answer(attack);
  console.log(JSON.stringify({ name: attack.name, answer: found, seconds: (performance.now() - started) / 1000 }));
}
