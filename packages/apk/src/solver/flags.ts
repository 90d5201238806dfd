/**
 * What the user wants of the packages that he names, and of those that they need (A10.7). Bits: a package may have several.
 */

/** Newer ones are preferred to what is installed. */
export const upgradeFlag = 1;
/** The newest is taken, even where something speaks against it. */
export const latestFlag = 2;
/** What some repository has is preferred to what none has any more. */
export const availableFlag = 4;
/** It is laid down once more. */
export const reinstallFlag = 8;
/** That it is installed counts for nothing. */
export const removeFlag = 16;
/** What is installed stays. */
export const ignoreFlag = 32;

/** Flags of the providers of a name, and those of them that hold for whatever these depend on as well. */
export interface NameFlags {
  readonly own: number;
  readonly inherited: number;
}
