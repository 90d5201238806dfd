/** One block of what apk prints when it cannot select packages (reference apk-formats A10.9). */
export interface ReportBlock {
  /** `name-version` of a package, or a name that nothing chosen provides. */
  readonly head: string;
  readonly kind: "package" | "no such package" | "virtual";
}

/** The blocks of apk's message, in its order; none where apk found nothing to blame ("Huh?"). */
export function parseReport(message: string): ReportBlock[] {
  return message.split("\n").flatMap((line) => {
    const match = /^ {2}(\S+)(?: \((no such package|virtual)\))?:$/.exec(line);
    if (match?.[1] === undefined) return [];
    const kind = match[2] === "virtual" || match[2] === "no such package" ? match[2] : "package";
    return [{ head: match[1], kind }];
  });
}
