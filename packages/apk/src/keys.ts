import type { KeyObject } from "node:crypto";

/** Public keys by the file name that signatures use (`wolfi-signing.rsa.pub`). */
export interface Keyring {
  readonly keys: ReadonlyMap<string, PublicKey>;
}

export interface PublicKey {
  readonly name: string;
  /** The PEM as given; what an image's `/etc/apk/keys` receives. */
  readonly pem: string;
  readonly key: KeyObject;
  /** The file or URL that it came from, without credentials; left out where it was given as text. */
  readonly source?: string;
}

/** A private RSA key held in memory; `name` is the base name of its public half, `….rsa.pub`. */
export interface SigningKey {
  readonly name: string;
  readonly key: KeyObject;
}
