import { buildPackages, type BuiltPackage } from "@apkmill/build-apk";
import { planBuilds } from "@apkmill/factory";
import { openBubblewrap, hostArch } from "@apkmill/sandbox";
import { defineCommand } from "../command.ts";
import { buildTimeOf } from "./build-time.ts";
import { loadOptionKey, signingKeyOptions } from "./signing-key-options.ts";

export const apkBuild = defineCommand({
  summary: "Builds the packages of melange configurations, in the order of their dependencies, and writes an index.",
  positionals: "CONFIG…",
  arity: [1, Infinity],
  example: "apkmill apk build --arch x86_64,aarch64 --signing-key acme.rsa -r ./base -k base.rsa.pub *.melange.yaml",
  options: {
    arch: { kind: "list", value: "ARCH", help: "architectures, by apk's or OCI's names (default: this machine's)" },
    "out-dir": { kind: "text", value: "DIR", default: "./packages/", help: "where packages and indexes go" },
    ...signingKeyOptions,
    "repository-append": { kind: "list", short: "r", value: "LOCATION", help: "repositories for environments" },
    "keyring-append": { kind: "list", short: "k", value: "KEY", help: "public keys of those repositories" },
    "ignore-signatures": { kind: "flag", help: "take indexes as they come, signed or not" },
    "package-append": { kind: "list", value: "PACKAGE", help: "packages for every environment" },
    "pipeline-dir": { kind: "list", value: "DIR", help: "pipelines that come before the built-in ones" },
    "pipeline-dirs": { kind: "list", value: "DIR", help: "the same" },
    "source-dir": {
      kind: "text",
      value: "DIR",
      help: "what the workspace is filled from (default: the configuration's directory)",
    },
    "empty-workspace": { kind: "flag", help: "start with an empty workspace" },
    "env-file": { kind: "list", value: "FILE", help: "environment variables for the steps" },
    "vars-file": { kind: "text", value: "FILE", help: "vars in the place of the configurations'" },
    "build-option": { kind: "list", value: "NAME", help: "options of the configurations to switch on" },
    namespace: {
      kind: "text",
      value: "NAME",
      default: "unknown",
      help: "namespace of the packages, in package URLs and as maintainer",
    },
    "generate-index": { kind: "flag", default: true, help: "update the index beside the packages" },
    "git-commit": { kind: "text", value: "SHA", help: "the commit that the configurations come from" },
    "build-date": { kind: "text", value: "RFC3339", help: "time of all files (default: SOURCE_DATE_EPOCH, or 1970)" },
    "cache-dir-guest": { kind: "text", value: "DIR", help: "directory that steps see as /var/cache/melange" },
    timeout: { kind: "number", value: "SECONDS", help: "bound of each build" },
    network: { kind: "flag", default: true, help: "let steps reach the network" },
    interactive: { kind: "flag", short: "i", help: "a shell where a step failed" },
    debug: { kind: "flag", help: "print each command of the steps" },
    "lint-require": { kind: "list", value: "LINTER", help: "linters that must find nothing" },
    "lint-warn": { kind: "list", value: "LINTER", help: "linters that only warn" },
    runner: {
      kind: "text",
      value: "bubblewrap",
      default: "bubblewrap",
      help: "what separates steps from this machine",
    },
    "override-host-triplet-libc-substitution-flavor": {
      kind: "text",
      value: "FLAVOR",
      default: "gnu",
      help: "libc of host.triplet.*",
    },
  },
  async run(ports, { options, positionals }) {
    const archs = options.arch.length === 0 ? [hostArch()] : options.arch;
    const pipelineDirs = [...options["pipeline-dir"], ...options["pipeline-dirs"]];
    if (options["dry-run"]) {
      const plan = await planBuilds({
        configs: positionals,
        archs,
        pipelineDirs,
        buildOptions: options["build-option"],
        limits: ports.limits,
      });
      return { json: plan, text: JSON.stringify(plan, undefined, 2) };
    }
    const signingKey = await loadOptionKey(ports, options);
    const result = await buildPackages(
      { ...ports, sandbox: openBubblewrap() },
      {
        configs: positionals,
        archs,
        outDir: options["out-dir"],
        repositories: options["repository-append"],
        keyring: options["keyring-append"],
        ignoreSignatures: options["ignore-signatures"],
        extraPackages: options["package-append"],
        pipelineDirs,
        emptyWorkspace: options["empty-workspace"],
        envFiles: options["env-file"],
        buildOptions: options["build-option"],
        namespace: options.namespace,
        index: options["generate-index"],
        buildTime: buildTimeOf(options["build-date"], ports.env["SOURCE_DATE_EPOCH"]),
        network: options.network,
        interactive: options.interactive,
        trace: options.debug,
        libcFlavor: options["override-host-triplet-libc-substitution-flavor"],
        ...(options["source-dir"] === undefined ? {} : { sourceDir: options["source-dir"] }),
        ...(options["vars-file"] === undefined ? {} : { varsFile: options["vars-file"] }),
        ...(options["git-commit"] === undefined ? {} : { commit: options["git-commit"] }),
        ...(options["cache-dir-guest"] === undefined ? {} : { cacheDir: options["cache-dir-guest"] }),
        ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
        ...(options["lint-require"].length === 0 ? {} : { lintRequire: options["lint-require"] }),
        ...(options["lint-warn"].length === 0 ? {} : { lintWarn: options["lint-warn"] }),
        ...(signingKey === undefined ? {} : { signingKey }),
      },
    );
    for (const warning of result.warnings) ports.log.warn(warning);
    return { json: result, text: result.packages.map(describe).join("\n") };
  },
});

function describe({ path, sizeBytes, cached }: BuiltPackage): string {
  return `${path}  ${sizeBytes} bytes${cached ? "  (unchanged, from the store)" : ""}`;
}
