/** One command that changes the machine so that a sandbox becomes possible. It needs root. */
export interface Remedy {
  /** What it does, as an imperative: `register the emulator for aarch64`. */
  readonly reason: string;
  readonly command: readonly string[];
}

/** A command as a person types it in a shell. */
export function shellText(command: readonly string[]): string {
  return command.map(quote).join(" ");
}

function quote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
