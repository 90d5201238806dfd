import {
  flagInput,
  removeStepFolder,
  removeStore,
  restoreStore,
  runStages,
  saveStore,
  setOutput,
  storeKey,
  textInput,
  uploadFolder,
  withRunnerPorts,
  writeSummary,
} from "@apkmill/action-kit";
import { buildPackages } from "@apkmill/build-apk";
import { openBubblewrap } from "@apkmill/sandbox";
import { readRequest } from "./read-request.ts";
import { setOutputs } from "./set-outputs.ts";
import { chooseKey, writePublicKey } from "./signing.ts";
import { describeSummary } from "./summary.ts";

/** melange YAML → packages and a signed index. The key is read first, so that nothing afterwards can find it in the environment. */
await runStages({
  main: async () => {
    const key = await chooseKey();
    const { options, cache, keyInput } = await readRequest();
    const cacheHit = await restoreStore(cache, storeKey("apk", keyInput));
    const result = await withRunnerPorts(async (ports) => {
      const sandbox = openBubblewrap();
      const built = await buildPackages(
        { ...ports, sandbox },
        key === undefined ? options : { ...options, signingKey: key },
      );
      for (const warning of built.warnings) ports.log.warn(warning);
      return built;
    });
    setOutput("cache-hit", cacheHit);
    setOutput("public-key-path", key === undefined ? "" : await writePublicKey(key, options.outDir));
    setOutputs(options.outDir, result);
    const name = textInput("artifact-name");
    const artifact = name === "" ? undefined : await uploadFolder(name, options.outDir);
    setOutput("artifact-id", artifact?.id ?? "");
    setOutput("artifact-digest", artifact?.digest ?? "");
    if (flagInput("summary")) await writeSummary(describeSummary(result));
  },
  post: [saveStore, removeStore, removeStepFolder],
});
