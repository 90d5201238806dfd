/**
 * How packages lie in the store: the data section is a blob, as it is what layers are made of; the rest is one fact under the
 * package's identity, so that a warm build opens one small file a package: what the head says, the head as it came, and what inflating
 * the data taught. The version changes when the meaning of the value does.
 */
export const packageKind = "package.v3";
