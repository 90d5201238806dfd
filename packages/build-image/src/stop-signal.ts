import { constants } from "node:os";

/** The signal of an image's `StopSignal`, which may be `SIGQUIT`, `QUIT` or `3`; SIGTERM for none and for what is none. */
export function signalOf(text = ""): NodeJS.Signals {
  const wanted = /^\d+$/.test(text) ? Number(text) : `SIG${text.toUpperCase().replace(/^SIG/, "")}`;
  const names = Object.keys(constants.signals) as NodeJS.Signals[];
  return names.find((name) => name === wanted || constants.signals[name] === wanted) ?? "SIGTERM";
}
