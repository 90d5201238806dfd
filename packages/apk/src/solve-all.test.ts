import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Repository } from "./repository.ts";
import { solveAll } from "./solve-all.ts";
import { repositoryOf } from "./testing/universe-text.ts";

/** The same text for each architecture, or one for each. */
function perArch(texts: Readonly<Record<string, string>>): Map<string, readonly Repository[]> {
  return new Map(
    Object.entries(texts).map(([arch, text]) => [
      arch,
      [repositoryOf(text.replaceAll("V:", `A:${arch}\nV:`), "", arch)],
    ]),
  );
}

function versions(texts: Readonly<Record<string, string>>, ...world: readonly string[]): Record<string, string> {
  const solved = [...solveAll(perArch(texts), world)];
  return Object.fromEntries(
    solved.map(([arch, install]) => [arch, install.map(({ record }) => `${record.name}-${record.version}`).join(" ")]),
  );
}

describe("several architectures", () => {
  test("get the newest version that all of them have", () => {
    const texts = { x86_64: "P:a\nV:1\n\nP:a\nV:2\n\nP:a\nV:3", aarch64: "P:a\nV:2\n\nP:a\nV:1" };
    assert.deepEqual(versions(texts, "a"), { x86_64: "a-2", aarch64: "a-2" });
  });

  test("may need packages that the others do not have at all", () => {
    const texts = { x86_64: "P:a\nV:1\nD:boot\n\nP:boot\nV:7", aarch64: "P:a\nV:1" };
    assert.deepEqual(versions(texts, "a"), { x86_64: "boot-7 a-1", aarch64: "a-1" });
  });

  test("get packages from the repositories that were given", () => {
    const repositories = perArch({ x86_64: "P:a\nV:1\n\nP:a\nV:2", aarch64: "P:a\nV:1" });
    const [first] = solveAll(repositories, ["a"]).get("x86_64") ?? [];
    assert.equal(first?.repository, repositories.get("x86_64")?.[0]);
  });

  test("alone gets all that it has", () => {
    assert.deepEqual(versions({ x86_64: "P:a\nV:1\n\nP:a\nV:2" }, "a"), { x86_64: "a-2" });
  });

  const refused: readonly (readonly [
    what: string,
    world: string,
    texts: Readonly<Record<string, string>>,
    reason: object,
  ])[] = [
    [
      "no version in common",
      "a",
      { x86_64: "P:a\nV:2", aarch64: "P:a\nV:1" },
      {
        constraint: "a",
        candidates: [{ version: "a-2", rejected: "was left aside: aarch64 does not have this version" }],
      },
    ],
    [
      "only an old one in common, and a newer one wanted",
      "b",
      { x86_64: "P:a\nV:1\n\nP:a\nV:2\n\nP:b\nV:1\nD:a>1", aarch64: "P:a\nV:1\n\nP:b\nV:1\nD:a>1" },
      {
        package: "a-1",
        candidates: [{ version: "a-2", rejected: "was left aside: aarch64 does not have this version" }],
      },
    ],
    [
      "the provider of a name in different versions",
      "so:x",
      { x86_64: "P:l\nV:2\np:so:x=2", aarch64: "P:l\nV:1\np:so:x=1", riscv64: "P:l\nV:1\np:so:x=1" },
      {
        constraint: "so:x",
        candidates: [{ version: "l-2", rejected: "was left aside: aarch64, riscv64 do not have this version" }],
      },
    ],
  ];
  for (const [what, world, texts, wanted] of refused) {
    test(`with ${what} are refused, and the reasons say what was left aside`, () => {
      assert.throws(
        () => solveAll(perArch(texts), [world]),
        (error: { code?: string; reasons?: readonly Readonly<Record<string, unknown>>[] }) => {
          assert.equal(error.code, "APK_UNSATISFIABLE");
          const [reason = {}] = error.reasons ?? [];
          const shown = Object.fromEntries(Object.keys(wanted).map((key) => [key, reason[key]]));
          assert.deepEqual(shown, wanted);
          return true;
        },
      );
    });
  }

  test("that choose different packages for a name get them, each in one version", () => {
    const texts = { x86_64: "P:a\nV:1\np:v=1", aarch64: "P:b\nV:1\np:v=1" };
    assert.deepEqual(versions(texts, "v"), { x86_64: "a-1", aarch64: "b-1" });
  });

  test("whose own packages lead to different versions are refused", () => {
    const text = (more: string): string => `P:a\nV:1\n\nP:a\nV:2\n\nP:b\nV:1\nD:a${more}`;
    assert.throws(() => versions({ x86_64: text(""), aarch64: text("<2") }, "b"), {
      code: "APK_UNSATISFIABLE",
      reasons: [
        {
          package: "a",
          requiredBy: [],
          candidates: [
            { version: "2", rejected: "chosen for x86_64 only" },
            { version: "1", rejected: "chosen for aarch64 only" },
          ],
          note: "no one version for all architectures",
        },
      ],
    });
  });
});
