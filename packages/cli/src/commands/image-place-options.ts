import type { OptionTable } from "../arguments.ts";

/** What every command takes that opens an image. */
export const imagePlaceOptions = {
  "insecure-registry": {
    kind: "list",
    value: "HOST",
    help: "registries that are spoken to over plain HTTP; loopback always is",
  },
} as const satisfies OptionTable;

/** How an image may be named on the command line. */
export const imagePlaces = "a layout directory, a tar, or a reference to a registry";
