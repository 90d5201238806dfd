import {
  flagInput,
  removeStore,
  restoreStore,
  runStages,
  saveStore,
  setOutput,
  storeKey,
  textInput,
  withRunnerPorts,
  writeSummary,
} from "@apkmill/action-kit";
import { buildImage } from "@apkmill/build-image";
import { readRequest } from "./read-request.ts";
import { setOutputs } from "./set-outputs.ts";
import { settleLock } from "./settle-lock.ts";
import { describeSummary } from "./summary.ts";
import { testImage } from "./test-image.ts";
import { uploadImage } from "./upload-image.ts";

/** apko YAML → an OCI image with its SBOMs, tried out before the step succeeds. */
await runStages({
  main: async () => {
    const { options, lock, cache, testCommand, keyInput } = await readRequest();
    await restoreStore(cache, storeKey("image", keyInput));
    const { image, tests } = await withRunnerPorts(async (ports) => {
      const locked = await ports.log.group("Look at the lock", () => settleLock(ports, options, lock));
      if (locked.lockfile !== undefined) setOutput("lockfile", locked.lockfile);
      const built = await ports.log.group("Assemble the image", () => buildImage(ports, locked));
      ports.log.info(`assembled ${built.digest ?? ""}`);
      return { image: built, tests: testCommand === "" ? [] : await testImage(ports, built, testCommand) };
    });
    setOutputs(image);
    const artifact = await uploadImage(textInput("artifact-name"), image);
    setOutput("artifact-id", artifact?.id ?? "");
    setOutput("artifact-digest", artifact?.digest ?? "");
    if (flagInput("summary")) await writeSummary(describeSummary(image, tests));
  },
  post: [saveStore, removeStore],
});
