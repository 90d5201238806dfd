import { ActionError, secretInput, setSecret } from "@apkmill/action-kit";
import type { ExplicitCredentials } from "@apkmill/oci";

/** Credentials of `registry-auth`, by host; each password is masked. @throws ActionError ACTION_INPUT */
export function readCredentials(): ExplicitCredentials {
  return parseCredentials(secretInput("registry-auth"));
}

/** Lines of `HOST USER PASSWORD`. The message of a bad line names its number only: any part of it may be the password. */
export function parseCredentials(text: string): ExplicitCredentials {
  const lines = text.split("\n").map((line) => line.trim());
  return new Map(
    lines.flatMap((line, index) => {
      if (line === "" || line.startsWith("#")) return [];
      const [, host, username, password] = /^(\S+)\s+(\S+)\s+(\S.*)$/.exec(line) ?? [];
      if (host === undefined || username === undefined || password === undefined) throw badLine(index + 1);
      setSecret(password);
      return [[host, { kind: "basic", username, password } as const]];
    }),
  );
}

function badLine(number: number): ActionError {
  return new ActionError("ACTION_INPUT", `input registry-auth, line ${String(number)}: expected HOST USER PASSWORD`, {
    hint: "write one line a registry, such as: ghcr.io ${{ github.actor }} ${{ github.token }}",
  });
}
