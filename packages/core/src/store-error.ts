import { CoreError } from "./core-error.ts";
import { isSystemError, reasonOf } from "./files.ts";

const spaceCodes = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const readOnlyCodes = new Set(["EROFS", "EACCES", "EPERM"]);

/** True for the error of a place that is there to read only: another user's store, a mounted cache. */
export function isReadOnlyError(error: unknown): boolean {
  return isSystemError(error) && readOnlyCodes.has(error.code);
}

/** The coded error for what the system refused about the store under `root`; other errors come back as they are. */
export function storeError(root: string, doing: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  return new CoreError("STORE_UNUSABLE", `cannot ${doing} the store ${root}: ${reasonOf(cause)}`, {
    cause,
    hint: spaceCodes.has(cause.code)
      ? "make room, for example with apkmill cache prune, or name another folder with --cache-dir"
      : "name a writable folder with --cache-dir",
    context: { path: root },
  });
}

/** Runs `work` on the store; what the system refuses becomes {@link storeError}. */
export async function onStore<T>(root: string, doing: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storeError(root, doing, cause);
  }
}
