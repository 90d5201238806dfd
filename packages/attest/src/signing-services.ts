/** Where signatures are made and witnessed. */
export interface SigningServices {
  readonly fulcioUrl: string;
  /** Left out: nothing is made public, and the time comes from the timestamp authority alone. */
  readonly log?: { readonly url: string; readonly majorApiVersion: 1 | 2 } | undefined;
  /** The whole address that queries go to. */
  readonly tsaUrl?: string | undefined;
}

/** The public-good instance: its signing configuration lists a Rekor v1 log and this timestamp authority. */
export const publicServices: SigningServices = {
  fulcioUrl: "https://fulcio.sigstore.dev",
  log: { url: "https://rekor.sigstore.dev", majorApiVersion: 1 },
  tsaUrl: "https://timestamp.sigstore.dev/api/v1/timestamp",
};
