import { compilePackageConfig, compiledToJson, openPipelineLibrary } from "@apkmill/build-apk";
import { toApkArch } from "@apkmill/apk";
import { loadPackageConfig } from "@apkmill/config";
import { describeError, formatError } from "@apkmill/core";
import { hostArch } from "@apkmill/sandbox";
import { defineCommand } from "../command.ts";

export const apkCompile = defineCommand({
  summary:
    "Prints configurations as they will be run: variables, ranges and pipelines in place, one line for each file and architecture.",
  positionals: "CONFIG…",
  arity: [1, Infinity],
  example: "apkmill apk compile --arch x86_64 hello.melange.yaml",
  options: {
    arch: { kind: "list", value: "ARCH", help: "architectures (default: this machine's)" },
    "pipeline-dir": { kind: "list", value: "DIR", help: "pipelines that come before the built-in ones" },
    "pipeline-dirs": { kind: "list", value: "DIR", help: "the same" },
    "build-option": { kind: "list", value: "NAME", help: "options of the configurations to switch on" },
    "env-file": { kind: "list", value: "FILE", help: "environment variables for the steps" },
    "vars-file": { kind: "text", value: "FILE", help: "vars in the place of the configurations'" },
    "override-host-triplet-libc-substitution-flavor": {
      kind: "text",
      value: "FLAVOR",
      default: "gnu",
      help: "libc of host.triplet.*",
    },
  },
  async run({ limits }, { options, positionals }) {
    const archs = options.arch.length === 0 ? [hostArch()] : options.arch.map(toApkArch);
    const library = openPipelineLibrary([...options["pipeline-dir"], ...options["pipeline-dirs"]], limits);
    const results = [];
    for (const file of positionals) {
      for (const arch of archs) results.push(await compile(file, arch));
    }
    return {
      json: results.map(({ json }) => json),
      lines: true,
      text: results.map(({ text }) => text).join("\n"),
      exitCode: results.every(({ json }) => json.ok) ? 0 : 1,
    };

    async function compile(
      file: string,
      arch: string,
    ): Promise<{ json: { file: string; arch: string; ok: boolean; config?: unknown; error?: unknown }; text: string }> {
      try {
        const config = await loadPackageConfig(file, {
          limits,
          buildOptions: options["build-option"],
          envFiles: options["env-file"],
          ...(options["vars-file"] === undefined ? {} : { varsFile: options["vars-file"] }),
        });
        const libcFlavor = options["override-host-triplet-libc-substitution-flavor"];
        const compiled = compiledToJson(await compilePackageConfig(config, { arch, library, libcFlavor, limits }));
        return { json: { file, arch, ok: true, config: compiled }, text: JSON.stringify(compiled, undefined, 2) };
      } catch (error) {
        return { json: { file, arch, ok: false, error: describeError(error) }, text: formatError(error) };
      }
    }
  },
});
