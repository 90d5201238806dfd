import { getInput, setSecret } from "@actions/core";

/**
 * Secrets that come as inputs. The runner hands them over in the environment, where every child process would inherit them:
 * reading one takes it out of there, and masks it before anything can print it.
 */

/** Shorter lines of a key are not masked: the runner would blot out innocent words of every log line. */
const shortestMasked = 8;

/** The text of a secret input, masked and removed from the environment; "" when it was not given. */
export function secretInput(name: string): string {
  const text = getInput(name);
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- undefined would become the text "undefined"
  delete process.env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`];
  for (const form of maskedForms(text)) setSecret(form);
  return text;
}

/** The forms in which a secret could turn up in a log: each of its lines, and for PEM its body in one piece. */
export function maskedForms(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const isPem = secret.includes("-----BEGIN");
  const body = lines.filter((line) => line !== "" && !line.startsWith("-----") && !line.includes(":")).join("");
  const forms = [...lines.filter((line) => !line.startsWith("-----")), ...(isPem ? [body] : [])];
  return [...new Set(forms.filter((form) => form.length >= shortestMasked))];
}
