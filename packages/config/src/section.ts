import type { ConfigError, ConfigErrorCode } from "./config-error.ts";
import type { Decoder } from "./decoder.ts";
import { collectProblems } from "./problems.ts";

/**
 * A part of a file that another file may put its own in the place of. Its keys must be known and of their types wherever it
 * stands; what rules say against its values counts only where it is used.
 */
export interface Section<T> {
  readonly value: T;
  /** What is wrong with the values. */
  readonly complaints: readonly ConfigError[];
}

const saidByRules: readonly ConfigErrorCode[] = ["CONFIG_BAD_VALUE", "CONFIG_MISSING_KEY"];

/** The decoder's values with what its rules have against them, which is not reported yet. */
export function section<T>(decoder: Decoder<T>): Decoder<Section<T>> {
  return {
    ...decoder,
    decode: (node, context) => {
      const found = collectProblems();
      const value = decoder.decode(node, { ...context, problems: found });
      context.problems.addAll(found.list().filter(({ code }) => !saidByRules.includes(code)));
      return { value, complaints: found.list().filter(({ code }) => saidByRules.includes(code)) };
    },
    absent: () => ({ value: decoder.absent(), complaints: [] }),
  };
}
