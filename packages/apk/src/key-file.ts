import { readFileWithin, reasonOf } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { hasCode } from "./format-error.ts";

/** No key comes near: one of 16,384 bits has 13 KB. */
export const maxKeyBytes = 64 * 1024;

/** The text of a key file. @throws ApkError KEY_MISSING */
export async function readKeyFile(path: string): Promise<string> {
  const bytes = await readFileWithin(path, maxKeyBytes).catch((cause: unknown) => {
    if (hasCode(cause, "CANCELLED")) throw cause;
    throw new ApkError("KEY_MISSING", `cannot read key ${path}: ${reasonOf(cause)}`, {
      cause,
      hint: "check the path of the key",
      context: { path },
    });
  });
  return bytes.toString("utf8");
}
