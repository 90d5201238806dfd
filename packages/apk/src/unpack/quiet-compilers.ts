import { setFlagsFromString } from "node:v8";
import { isKnownEngine } from "../known-engine.ts";

/** Work that takes longer than this is worth being compiled. */
const longMs = 1000;

/**
 * V8's optimizing compilers begin nothing new until `end` is called, or a second is over. To fetch packages keeps all processors busy with
 * code that is compiled already, Node's and the kernel's; what is around it is done with before it is compiled, and the compilers take a
 * tenth of the time from it.
 */
export function quietCompilers(): { readonly end: () => void } {
  if (!isKnownEngine()) return { end: () => undefined };
  if (users === 0) setFlagsFromString("--no-opt --no-maglev");
  users += 1;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    users -= 1;
    if (users === 0) setFlagsFromString("--opt --maglev");
  };
  const timer = setTimeout(end, longMs).unref();
  return { end };
}

let users = 0;
