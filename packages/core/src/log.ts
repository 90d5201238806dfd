/**
 * Progress and build output. Results never go through here: they are stdout's alone.
 * A logger is handed in; nothing in the engine prints on its own.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** Runs `work` under a heading (a foldable group on a runner) and returns what it returns. */
  group<T>(name: string, work: () => Promise<T>): Promise<T>;
}

const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A logger that writes lines through `write`: plain text, or one JSON object a line. */
export function lineLogger(
  write: (line: string) => void,
  { level = "info", format = "text" }: { readonly level?: LogLevel; readonly format?: "text" | "json" } = {},
): Logger {
  const emit = (at: LogLevel, message: string): void => {
    if (rank[at] < rank[level]) return;
    if (format === "json") write(JSON.stringify({ level: at, message }));
    else write(at === "info" ? message : `${at}: ${message}`);
  };
  return {
    debug: (message) => {
      emit("debug", message);
    },
    info: (message) => {
      emit("info", message);
    },
    warn: (message) => {
      emit("warn", message);
    },
    error: (message) => {
      emit("error", message);
    },
    group: (name, work) => {
      emit("info", name);
      return work();
    },
  };
}

/** A logger that says nothing. */
export const silentLogger: Logger = lineLogger(() => undefined);
