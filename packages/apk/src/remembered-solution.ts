import { canonicalJson, digestOf, type Ports } from "@apkmill/core";
import type { IndexRecord } from "./package-info.ts";
import type { AvailablePackage, Repository } from "./repository.ts";
import { solveAll } from "./solve-all.ts";
import { requireSolution, solve, type Solution, type SolveRequest, type Solved } from "./solve.ts";

/** Raised when the resolver comes to answer otherwise, or a record gets another shape. */
const solutionKind = "solution.v1";

/**
 * {@link solve}, which does no work for a request that it has answered before: an answer follows from the files of the indexes and
 * the request alone, so that it is kept in the store with the digest of both. Only what is resolved from nothing is kept, and only
 * what could be resolved.
 * @throws what `solve` throws
 */
export function solveRemembered({ store }: Pick<Ports, "store">, request: SolveRequest): Solution {
  const key = keyOf(request);
  if (key === undefined) return solve(request);
  const known = parseKept(store.derived(solutionKind, key), request);
  if (known !== undefined) return known;
  const solution = solve(request);
  if (solution.ok) store.keepDerived(solutionKind, key, [encodeKept(solution, request)]);
  return solution;
}

/**
 * {@link solveAll} from nothing; for one architecture an answer that was given before is remembered.
 * @throws what `solveAll` throws
 */
export function solveAllRemembered(
  ports: Pick<Ports, "store">,
  perArch: ReadonlyMap<string, readonly Repository[]>,
  world: readonly string[],
): Map<string, readonly AvailablePackage[]> {
  const [only, ...others] = perArch;
  if (only === undefined || others.length > 0) return solveAll(perArch, world);
  const [arch, repositories] = only;
  return new Map([[arch, requireSolution(solveRemembered(ports, { repositories, world, arch }))]]);
}

/** Undefined for requests that are about more than indexes from files. */
function keyOf({ repositories, installed = [], ...asked }: SolveRequest): string | undefined {
  if (installed.length > 0 || repositories.some(({ indexDigest }) => indexDigest === undefined)) return undefined;
  const from = repositories.map(({ indexDigest, tag }) => [indexDigest, tag]);
  return canonicalJson({ from, asked: JSON.parse(JSON.stringify(asked)) as unknown });
}

/** What is kept of a solution: each package by its repository and its record. */
interface Kept {
  readonly install: readonly { readonly repository: number; readonly record: IndexRecord; readonly tag: string }[];
  readonly world: readonly string[];
}

/** A line with the digest of what follows, so that a torn file reads as absent. */
function encodeKept({ changes, world }: Solved, { repositories }: SolveRequest): Buffer {
  const install = changes.flatMap((change) =>
    change.kind === "install"
      ? [
          {
            repository: repositories.indexOf(change.package.repository),
            record: change.package.record,
            tag: change.tag,
          },
        ]
      : [],
  );
  const json = JSON.stringify({ install, world } satisfies Kept);
  return Buffer.from(`${digestOf(json)}\n${json}`);
}

function parseKept(bytes: Buffer | undefined, { repositories }: SolveRequest): Solved | undefined {
  const text = bytes?.toString("utf8") ?? "";
  const json = text.slice(text.indexOf("\n") + 1);
  if (text === "" || !text.startsWith(`${digestOf(json)}\n`)) return undefined;
  const { install, world } = JSON.parse(json) as Kept;
  const packages = install.map(({ repository, record }) => ({ record, repository: repositories[repository] }));
  const found = packages.flatMap(({ record, repository }) =>
    repository === undefined ? [] : [{ record, repository }],
  );
  if (found.length < install.length) return undefined;
  const changes = found.map((each, position) => ({
    kind: "install" as const,
    package: each,
    tag: install[position]?.tag ?? "",
  }));
  return { ok: true, install: found, changes, world, kept: [] };
}
