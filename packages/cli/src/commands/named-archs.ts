import { hostArch } from "@apkmill/sandbox";

/** Architectures as options name them, where `host` is this machine's (reference apko §1.4). */
export function namedArchs(names: readonly string[]): string[] {
  return names.map(namedArch);
}

/** As {@link namedArchs}, for an option that takes one; without a name it is this machine's. */
export function namedArch(name = "host"): string {
  return name === "host" ? hostArch() : name;
}
