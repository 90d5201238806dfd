import { describePackage, openPackage } from "@apkmill/apk";
import { defineCommand } from "../command.ts";
import { eachPackage } from "./package-files.ts";
import { packageJson } from "./package-json.ts";
import { packageText } from "./package-text.ts";

export const apkInfo = defineCommand({
  summary:
    "Says all that packages say of themselves, v2 and v3, once their hashes are found to hold; signatures are shown, not judged.",
  positionals: "FILE…",
  arity: [1, Infinity],
  example: "apkmill apk info --files packages/x86_64/hello-1.0-r0.apk",
  options: {
    files: { kind: "flag", short: "L", help: "list the entries: type and mode, owner, size, hash, path, link" },
  },
  run(ports, { options, positionals }) {
    return eachPackage(
      ports,
      positionals,
      async (source) => {
        const { file, what } = await openPackage(ports, source);
        const described = await describePackage(file, what, { limits: ports.limits });
        return { text: packageText(what, described, options.files), json: packageJson(described, options.files) };
      },
      "\n\n",
    );
  },
});
