import { ApkError } from "../apk-error.ts";

/** What is being read: chooses the codes of errors and names the thing in their messages. */
export interface Subject {
  readonly kind: "APK" | "INDEX";
  readonly what: string;
}

/** The error for bytes that are not what the format says. */
export function malformedAdb({ kind, what }: Subject, message: string, cause?: unknown): ApkError {
  return new ApkError(`${kind}_FORMAT`, `${what}: ${message}`, {
    hint: "fetch or build it again; the file is damaged or was not made by a v3 tool",
    context: { package: what },
    ...(cause === undefined ? {} : { cause }),
  });
}
