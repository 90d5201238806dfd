import { suggestName } from "@apkmill/core";
import { archNames, parseArch } from "./architecture.ts";
import type { Complaint } from "./scalars.ts";

/** What the values of an image configuration must be beyond their types. Source: reference apko §1.1, §1.4, §6.3. */

/** Names that become file names. */
export const fileName = /^[a-zA-Z0-9_-]+[a-zA-Z0-9_.-]*$/;

export function complainAboutFileName(name: string): Complaint | undefined {
  if (fileName.test(name)) return undefined;
  return {
    message: `the name \`${name}\` cannot be a file name`,
    hint: "use letters, digits, `_`, `-` and, not first, `.`",
  };
}

export function complainAboutNothing(text: string): Complaint | undefined {
  return text === "" ? { message: "expected text, found an empty one", hint: "write what belongs here" } : undefined;
}

export function complainAboutRoot(uid: number): Complaint | undefined {
  return uid === 0
    ? { message: "a user has UID 0", hint: "to run as root write `run-as: 0` instead of a user" }
    : undefined;
}

export function complainAboutArch(arch: string): Complaint | undefined {
  if (parseArch(arch) !== undefined) return undefined;
  const few = `use one of ${archNames.join(", ")}`;
  const hint = ["all", "host"].includes(arch)
    ? `${few}; \`${arch}\` is for \`--arch\``
    : suggestName(arch, archNames, few);
  return { message: `unknown architecture \`${arch}\``, hint: hint ?? few };
}

export function complainAboutFormat(format: string): Complaint | undefined {
  if (format === "" || format === "tar") return undefined;
  return { message: `layers of format \`${format}\` are not made`, hint: "remove `format`, or write `format: tar`" };
}

/** A budget alone asks for layers without saying how they are to be cut. */
export function complainAboutLayering(layering: {
  readonly strategy: string;
  readonly budget: number;
}): Complaint | undefined {
  if (layering.strategy !== "" || layering.budget === 0) return undefined;
  return { message: "`layering` has a budget and no strategy", hint: "add `strategy: origin`, or remove `layering`" };
}
