import { CliError } from "../cli-error.ts";

/** A date with a time of day and a zone (RFC 3339 §5.6). */
const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** `--build-date`, or SOURCE_DATE_EPOCH, which wins as in melange; 0 where there is neither. @throws CliError CLI_BAD_VALUE */
export function buildTimeOf(date: string | undefined, epoch: string | undefined): number {
  if (epoch !== undefined && epoch.trim() !== "") {
    if (/^\d{1,11}$/.test(epoch.trim())) return Number(epoch);
    throw new CliError(
      "CLI_BAD_VALUE",
      `SOURCE_DATE_EPOCH: expected seconds since the epoch, found ${JSON.stringify(epoch)}`,
    );
  }
  if (date === undefined) return 0;
  const milliseconds = isTime.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(milliseconds))
    throw new CliError(
      "CLI_BAD_VALUE",
      `--build-date: expected a time as RFC 3339 writes it, found ${JSON.stringify(date)}`,
    );
  return Math.floor(milliseconds / 1000);
}
