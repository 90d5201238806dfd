import { main } from "./main.ts";
import { openStandardStreams } from "./standard-streams.ts";

/** The process around the command line: arguments, streams, signals, exit status. */
const stop = new AbortController();
const stopBy = (name: NodeJS.Signals): void => {
  stop.abort(new Error(name));
};
for (const name of ["SIGINT", "SIGTERM", "SIGQUIT"] as const) process.once(name, stopBy);
// A terminal that is closed may say so twice, once for itself and once by its shell; what was begun is tidied up all the same.
process.on("SIGHUP", stopBy);
const { stdout, stderr, statusAfter } = openStandardStreams(process, stop);
const { argv, env } = process;
// No await here: a part of the bundle is a function (scripts/bundle-parts.ts). The end is said: to take down a heap, page by page, that
// the system drops at once would take longer than some commands do.
void main({ argv: argv.slice(2), env, stdout, stderr, signal: stop.signal })
  .then(statusAfter)
  .then((status) => process.exit(status));
