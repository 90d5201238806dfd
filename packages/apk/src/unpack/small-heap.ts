import { setFlagsFromString } from "node:v8";

/**
 * From here on young objects of this process stay in the space that they have: one MiB at its start, where V8 would go to sixteen. Who
 * takes in hundreds of packages lets go of nearly all that he makes, and needs a tenth less memory at his peak, in no more time.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
