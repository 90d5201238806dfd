/** The repository state that was built. */
export interface SourceState {
  /** An address such as `https://github.com/owner/name`. */
  readonly repository: string;
  /** Such as `refs/heads/main`. */
  readonly ref?: string | undefined;
  /** The git commit, 40 hex digits. */
  readonly commit: string;
}
