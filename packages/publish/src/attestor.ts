/** Who signed, as the signing certificate says. */
export interface Signer {
  /** The certificate's subject alternative name: a workflow's address, or an e-mail address. */
  readonly identity: string;
  /** The OpenID provider that vouched for it. */
  readonly issuer: string;
  /** The repository that a workflow ran for. */
  readonly sourceRepository?: string;
}

/** An in-toto statement. */
export interface Statement {
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** A bundle whose signature, certificate and log entries hold: what it says, and who says it. */
export interface VerifiedBundle {
  readonly statement: Statement;
  readonly signer: Signer;
}

export interface BundleVerifier {
  /** @throws EngineError when anything about the bundle does not hold */
  verify(bundle: Buffer): Promise<VerifiedBundle>;
}

export interface Attestor extends BundleVerifier {
  /** One bundle for each statement, in their order. */
  sign(statements: readonly Statement[]): Promise<readonly Buffer[]>;
  /** Whose name a signature would bear now. */
  identity(): Promise<{ readonly identity: string; readonly issuer: string }>;
}
