/** Who signed, as the signing certificate says. */
export interface Signer {
  /** The certificate's only subject alternative name: a workflow's address, an e-mail address, or a service's URI. */
  readonly identity: string;
  /** The OpenID provider that vouched for it. */
  readonly issuer: string;
  /** The repository that a workflow ran for. */
  readonly sourceRepository?: string;
  /** Everything else that the certificate authority says about the signer, by the names of Fulcio's OID table. */
  readonly extensions: Readonly<Record<string, string>>;
}
