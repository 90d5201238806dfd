import { isKnownEngine } from "../known-engine.ts";

/** The calls after which V8 compiles a function with its second compiler, unless it is told otherwise; and what it is told here. */
const usualCalls = 400;
const lateCalls = 1600;

/**
 * Does `work`, in which V8 compiles later than usual. A search is over within some ten milliseconds, and what V8 began to compile for it
 * meanwhile has to be ended before the process can go: a tenth of the time of a whole resolution. One that takes longer, as hostile
 * repositories would have it, is compiled all the same.
 */
export function compileLate(work: () => void): void {
  if (!isKnownEngine()) {
    work();
    return;
  }
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString(`--invocation-count-for-maglev=${lateCalls}`);
  try {
    work();
  } finally {
    // Compiled code that is kept, Node's own too, is only taken under the flags that it was made under.
    setFlagsFromString(`--invocation-count-for-maglev=${usualCalls}`);
  }
}
