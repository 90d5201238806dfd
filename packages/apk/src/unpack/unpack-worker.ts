import { parentPort } from "node:worker_threads";
import { answerOf, type WorkerAnswer } from "./worker-answer.ts";
import { unpackAtOnce, type UnpackRequest } from "./unpack-file.ts";

/** A thread that unpacks: one request, one answer, until it is terminated. */
parentPort?.on("message", (request: UnpackRequest) => {
  const answer: WorkerAnswer = answerOf(() => unpackAtOnce(request));
  parentPort?.postMessage(answer);
});
