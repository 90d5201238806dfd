import type { Package } from "./model.ts";

/** One step: a chosen package takes the place of what is installed under its name, if anything; or that goes. */
export interface Step {
  readonly previous: Package | undefined;
  /** Undefined for a removal. */
  readonly chosen: Package | undefined;
}
