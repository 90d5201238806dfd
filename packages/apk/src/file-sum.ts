import { ApkError } from "./apk-error.ts";

/** @throws ApkError APK_FILE_HASH where a stated sum, in hex of large or small letters, is not the actual one */
export function requireSum(what: string, path: string, stated: string, actual: string): void {
  if (stated.toLowerCase() === actual) return;
  throw new ApkError("APK_FILE_HASH", `${what}: ${path}: expected SHA-1 ${stated}, found ${actual}`, {
    hint: "build the package again; its files are not what it says",
    context: { package: what },
  });
}
