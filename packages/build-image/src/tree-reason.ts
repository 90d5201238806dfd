const longest = 500;

/** Why an entry is as it is, with one more reason; of very many the first and the last are told. */
export function withReason(reasons: string, reason: string): string {
  if (reasons.length + reason.length <= longest) return `${reasons}; ${reason}`;
  const [first = ""] = reasons.split("; ", 1);
  return `${first.slice(0, longest)}; …; ${reason.slice(0, longest)}`;
}
