import { openStore } from "../store.ts";
import { digestOf } from "../digest.ts";
import { isEngineError } from "../errors.ts";

/**
 * A process of another user that uses a store, and says what came of each step. Usage: use-store.ts STORE TEXT, where the store has the
 * blob TEXT.
 */
const [root = "", text = ""] = process.argv.slice(2);

async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    const value = await work();
    return value === undefined ? "nothing" : "something";
  } catch (error) {
    return isEngineError(error) ? error.code : `uncoded: ${String(error)}`;
  }
}

const outcomes: Record<string, string> = {};
const opened = await openStore(root);
const steps: Readonly<Record<string, () => unknown>> = {
  find: () => opened.find(digestOf(text)),
  "put again": () => opened.put(Buffer.from(text)),
  "put new": () => opened.put(Buffer.from(`${text} and more`)),
  fact: () => opened.fact("kind", "key"),
  remember: () => opened.remember("kind", "other", 1),
  "keep derived": () => opened.keepDerived("kind", "other", [Buffer.from("x")]),
  verify: async () => ((await opened.verify()).damaged.length === 0 ? undefined : "damaged"),
  prune: () => opened.prune({ maxSizeBytes: 0, now: 0 }),
  "open another": () => openStore(`${root}-of-mine`),
};
for (const [name, work] of Object.entries(steps)) outcomes[name] = await outcomeOf(work);
console.log(JSON.stringify(outcomes));
