import { parseNanoseconds } from "@apkmill/config";
import { compareBytes } from "@apkmill/core";
import type { HealthCheck, ImageConfigFile } from "@apkmill/oci";
import { ImageError } from "./image-error.ts";

/** How an image is run, beyond what apko's configuration can say; with docker's names and forms. */
export interface RunSettingsOptions {
  /** `8080`, `8080/tcp`, `5000-5010/udp`. */
  readonly exposedPorts?: readonly string[];
  readonly healthCheck?: HealthCheckOptions;
}

export interface HealthCheckOptions {
  /** A line for the image's shell, a JSON list of words for an image without one, or `NONE`. */
  readonly command?: string;
  /** `30s`, `1m30s`, `500ms`. */
  readonly interval?: string;
  readonly timeout?: string;
  readonly startPeriod?: string;
  readonly retries?: number;
}

/** The part of an image's configuration that {@link RunSettingsOptions} make. */
export type RunSettings = Pick<ImageConfigFile["config"], "ExposedPorts" | "Healthcheck">;

/**
 * Options → configuration. `ExposedPorts` is the image specification's (config.md); `Healthcheck` is reserved there for Docker, which
 * honours it, while others pass over it.
 * @throws ImageError IMAGE_SYNTAX
 */
export function readRunSettings({ exposedPorts = [], healthCheck = {} }: RunSettingsOptions): RunSettings {
  const ports = [...new Set(exposedPorts.flatMap(readPorts))].sort(compareBytes);
  const check = readHealthCheck(healthCheck);
  return {
    ...(ports.length === 0 ? {} : { ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])) }),
    ...(check === undefined ? {} : { Healthcheck: check }),
  };
}

function readPorts(text: string): string[] {
  const [, start = "", end = start, protocol = "tcp"] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(text.trim().toLowerCase()) ?? [];
  const [first, last] = [Number(start), Number(end)];
  if (start !== "" && first >= 1 && first <= last && last <= 65535)
    return Array.from({ length: last - first + 1 }, (_, index) => `${String(first + index)}/${protocol}`);
  throw syntaxError("exposed port", text, "write it as 8080, 8080/tcp or 5000-5010/udp");
}

function readHealthCheck({
  command,
  interval,
  timeout,
  startPeriod,
  retries,
}: HealthCheckOptions): HealthCheck | undefined {
  const times = {
    ...duration("Interval", "interval", interval),
    ...duration("Timeout", "timeout", timeout),
    ...duration("StartPeriod", "start period", startPeriod),
    ...(retries === undefined || retries === 0 ? {} : { Retries: retries }),
  };
  const hasTimes = Object.keys(times).length > 0;
  if (command !== undefined && command.trim() !== "") return { Test: readTest(command, hasTimes), ...times };
  if (!hasTimes) return undefined;
  throw new ImageError("IMAGE_SYNTAX", "a health check has times or retries but no command", {
    hint: "say what to run with --health-cmd",
  });
}

/** As Docker's `HEALTHCHECK`: words run as they are, a line goes to `/bin/sh -c`. */
function readTest(command: string, hasTimes: boolean): readonly string[] {
  if (command.trim() === "NONE") {
    if (!hasTimes) return ["NONE"];
    throw syntaxError("health check", "NONE with times", "leave out the times, or name a command");
  }
  const words = command.trim().startsWith("[") ? wordsOf(command) : undefined;
  return words === undefined ? ["CMD-SHELL", command] : ["CMD", ...words];
}

/** Undefined for what is no JSON list of words: `[ -f /ready ]` is a line for a shell. */
function wordsOf(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isWords = Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string");
    return isWords ? value : undefined;
  } catch {
    return undefined;
  }
}

const mostNanoseconds = 24 * 3600e9;

/** In nanoseconds, as Docker has it. A millisecond is the least that it takes, a day the most that makes sense. */
function duration(name: keyof HealthCheck, what: string, text: string | undefined): Partial<Record<string, number>> {
  if (text === undefined || text === "") return {};
  const total = parseNanoseconds(text) ?? 0;
  if (total >= 1e6 && total <= mostNanoseconds) return { [name]: total };
  throw syntaxError(
    `${what} of the health check`,
    text,
    "write it as 30s, 1m30s or 500ms, at least 1ms and at most 24h",
  );
}

function syntaxError(what: string, found: string, hint: string): ImageError {
  return new ImageError("IMAGE_SYNTAX", `${what}: ${JSON.stringify(found.slice(0, 200))} is none`, { hint });
}
