import type { Unpacked } from "./unpack-file.ts";
import { EngineError, isEngineError, type EngineErrorOptions } from "@apkmill/core";

/** What a thread answers: what came of its work, or an error in a form that survives the way between threads, which classes do not. */
export type WorkerAnswer =
  | { readonly unpacked: Unpacked }
  | { readonly error: { readonly code: string; readonly message: string; readonly options: EngineErrorOptions } }
  | { readonly bug: string };

/** Does `work` and says what came of it. */
export function answerOf(work: () => Unpacked): WorkerAnswer {
  try {
    return { unpacked: work() };
  } catch (error) {
    if (!isEngineError(error)) return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    const { code, message, hint, kind, context } = error;
    return { error: { code, message, options: { hint, kind, context } } };
  }
}

/** What came of the work. @throws EngineError with the code that the thread's error had · Error for its bugs */
export function unpackedOf(answer: WorkerAnswer): Unpacked {
  if ("unpacked" in answer) return answer.unpacked;
  if ("bug" in answer) throw new Error(`a thread that unpacks failed: ${answer.bug}`);
  const { code, message, options } = answer.error;
  throw new EngineError(code, message, options);
}
