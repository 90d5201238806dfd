import { requireWithin, type Limits } from "@apkmill/core";
import { ApkError } from "../apk-error.ts";
import { problems, type CatalogKernel, type Problem } from "./catalog-kernel.ts";
import { lineAt } from "./item-text.ts";

/** A thousand times the conditions of a whole distribution; more is an attempt to run us out of memory. */
export const mostLinks = 20_000_000;

/** The index at hand: what it is called in messages, and where it begins in the text. */
interface IndexPlace {
  readonly what: string;
  readonly from: number;
}

/** Says in words what the kernel found. @throws ApkError INDEX_FORMAT, APK_RESOLVE_LIMIT · CoreError LIMIT_EXCEEDED */
export function requireNoProblem(
  problem: Problem,
  { text, problemAt, size, itemCount }: CatalogKernel,
  { what, from }: IndexPlace,
  limits: Limits,
): void {
  switch (problem) {
    case problems.none:
      return;
    case problems.malformedLine: {
      const line = text.toString("latin1", from, problemAt).split("\n").length;
      const found = JSON.stringify(lineAt(text, problemAt).slice(0, 60));
      throw new ApkError("INDEX_FORMAT", `${what}: line ${line}: expected LETTER:VALUE, found ${found}`);
    }
    case problems.noName:
      throw new ApkError("INDEX_FORMAT", `${what}: record without a name: no P line in it`);
    case problems.noVersion: {
      const name = /^P:(.*)$/m.exec(text.toString("utf8", problemAt))?.[1] ?? "";
      throw new ApkError("INDEX_FORMAT", `${what}: record ${name}: no V line in it`);
    }
    case problems.tooManyRecords:
      requireWithin(`${what}: records`, size + 1, limits.records, "records");
      return;
    case problems.tooManyItems:
      requireWithin(`${what}: dependencies and provided names`, itemCount, limits.items, "items");
      return;
    case problems.tooManyLinks:
      throw new ApkError("APK_RESOLVE_LIMIT", `the indexes connect their packages in more than ${mostLinks} ways`, {
        hint: "an index like this is broken or hostile; leave its repository out",
      });
  }
}
