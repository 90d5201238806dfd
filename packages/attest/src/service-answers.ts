/** Answers of sigstore services: JSON of their own or of the gateway before them, or a proxy's page. */

/** The object in a JSON answer; undefined when it is something else. */
export function parseAnswer(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Status and, where the service gave one, its reason: one line, cut short, and never with a token in it. */
export function describeRefusal(status: number, body: Buffer): string {
  const reason = parseAnswer(body)?.["message"];
  if (typeof reason !== "string" || reason === "") return `status ${String(status)}`;
  const line = reason.replace(/\s+/g, " ").replace(/[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, "(token)");
  return `status ${String(status)} (${line.slice(0, 200)})`;
}
