import type { Reason } from "@apkmill/core";
import { ImageError } from "./image-error.ts";

/** The error for a base image that cannot be built on. */
export function unusableBase(name: string, problem: string, hint = nameAnother): ImageError {
  return new ImageError("IMAGE_BASE", `cannot build on ${name}: ${problem}`, {
    hint,
    context: { path: name },
  });
}

const nameAnother = "name the directory of an OCI layout that holds one image for each architecture";

/** What to do about content that no tool makes. */
export const distrust = "do not use this image: it is malformed or hostile";

/** The error for what could only be done by taking away what the base image has. */
export function changedBase(problem: string, reasons: readonly Reason[] = []): ImageError {
  return new ImageError("IMAGE_BASE_CHANGED", `cannot build on the base image: ${problem}`, {
    hint: "use a base image that fits, or leave out what asks for the change: a layer only adds to what is below it",
    reasons,
  });
}
