import type { Logger } from "@apkmill/core";

/**
 * Log lines on a runner. Whatever an engine or a pipeline prints must not become a workflow command, so each line is made inert:
 * the runner obeys a line that begins with `::` (after white space) and the older form `##[` anywhere.
 */
export function runnerLogger(write: (line: string) => void = (line) => process.stdout.write(`${line}\n`)): Logger {
  const print = (message: string): void => message.split("\n").forEach((line) => write(inert(line)));
  // The runner knows no groups within groups: an inner one would end the outer.
  let isInGroup = false;
  return {
    debug: (message) => message.split("\n").forEach((line) => write(`::debug::${escapeData(line)}`)),
    info: print,
    warn: (message) => write(`::warning::${escapeData(message)}`),
    error: (message) => write(`::error::${escapeData(message)}`),
    group: async (name, work) => {
      if (isInGroup) {
        print(name);
        return work();
      }
      isInGroup = true;
      write(`::group::${escapeData(inert(name))}`);
      try {
        return await work();
      } finally {
        write("::endgroup::");
        isInGroup = false;
      }
    },
  };
}

/**
 * The same line, which the runner does not take for a command. Terminal control sequences other than colours are dropped.
 * The runner is a .NET program, for which U+0085 and U+180E are white space too.
 */
export function inert(line: string): string {
  // eslint-disable-next-line no-control-regex -- these very characters are what is looked for
  const quiet = line.replace(/\u001b\[[0-9;?]*[A-LN-Za-z]|[\u0000-\u0008\u000b-\u001a\u001c-\u001f]/g, (match) =>
    /m$/.test(match) ? match : "",
  );
  return quiet.replace(/^([\s\u0085\u180e]*):(?=:)/, "$1\u200b:").replaceAll("##[", "##\u200b[");
}

/** Text of a workflow command's message, as the runner reads it back. */
export function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
