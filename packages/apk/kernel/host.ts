/** What is asked of the engine: the rare cases, for which it has the rules already. */

/** Can the item at a place in the text be read as a dependency of a package? */
export declare function isReadable(at: i32): bool;

/** A number that is the same for all spellings of the identity at a place in the text, for one of an unusual spelling. */
export declare function hashIdentity(at: i32): u32;

/** Do these places have the same identity? */
export declare function isSameIdentity(at: i32, other: i32): bool;
