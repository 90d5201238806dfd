import type { Command } from "./command.ts";

/** Every command with its one-line summary; the code of each is loaded only when it is called. */
export const commands: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  "apk build": {
    summary: "build packages from melange YAML",
    load: async () => (await import("./commands/apk-build.ts")).apkBuild,
  },
  "apk compile": {
    summary: "print the configuration as it will be run",
    load: async () => (await import("./commands/apk-compile.ts")).apkCompile,
  },
  "apk index": {
    summary: "make an index of packages",
    load: async () => (await import("./commands/apk-index.ts")).apkIndex,
  },
  "apk info": {
    summary: "say all that packages say of themselves",
    load: async () => (await import("./commands/apk-info.ts")).apkInfo,
  },
  "apk keygen": {
    summary: "make a signing key",
    load: async () => (await import("./commands/apk-keygen.ts")).apkKeygen,
  },
  "apk sign": { summary: "sign packages", load: async () => (await import("./commands/apk-sign.ts")).apkSign },
  "apk sign-index": {
    summary: "sign an index",
    load: async () => (await import("./commands/apk-sign-index.ts")).apkSignIndex,
  },
  "apk verify": {
    summary: "check signature, hashes and files of packages",
    load: async () => (await import("./commands/apk-verify.ts")).apkVerify,
  },
  "repo resolve": {
    summary: "say what would be installed, in order",
    load: async () => (await import("./commands/repo-resolve.ts")).repoResolve,
  },
  "repo fetch": {
    summary: "bring packages into the store, verified",
    load: async () => (await import("./commands/repo-fetch.ts")).repoFetch,
  },
  "repo install": {
    summary: "lay packages down in a root",
    load: async () => (await import("./commands/repo-install.ts")).repoInstall,
  },
  "image build": {
    summary: "assemble an image from apko YAML",
    load: async () => (await import("./commands/image-build.ts")).imageBuild,
  },
  "image build-minirootfs": {
    summary: "write the root file system of apko YAML as a tar",
    load: async () => (await import("./commands/image-build-minirootfs.ts")).imageBuildMinirootfs,
  },
  "image lock": {
    summary: "write down the packages of an image, so that a build needs no index",
    load: async () => (await import("./commands/image-lock.ts")).imageLock,
  },
  "image schema": {
    summary: "print the JSON Schema of image configurations, for editors",
    load: async () => (await import("./commands/image-schema.ts")).imageSchema,
  },
  "image show-config": {
    summary: "print an image configuration as it is used",
    load: async () => (await import("./commands/image-show-config.ts")).imageShowConfig,
  },
  "image show-packages": {
    summary: "say which packages an image would have",
    load: async () => (await import("./commands/image-show-packages.ts")).imageShowPackages,
  },
  "image dot": {
    summary: "draw what the packages of an image need of each other",
    load: async () => (await import("./commands/image-dot.ts")).imageDot,
  },
  "image verify-build": {
    summary: "build an image again, and say whether the same comes out",
    load: async () => (await import("./commands/image-verify-build.ts")).imageVerifyBuild,
  },
  "image inspect": {
    summary: "say what is inside an image, and why",
    load: async () => (await import("./commands/image-inspect.ts")).imageInspect,
  },
  "image diff": {
    summary: "say what is different between two images",
    load: async () => (await import("./commands/image-diff.ts")).imageDiff,
  },
  "image run": {
    summary: "run an image under bubblewrap",
    load: async () => (await import("./commands/image-run.ts")).imageRun,
  },
  "cache info": {
    summary: "say what the store holds",
    load: async () => (await import("./commands/cache-info.ts")).cacheInfo,
  },
  "cache verify": {
    summary: "hash everything in the store again",
    load: async () => (await import("./commands/cache-verify.ts")).cacheVerify,
  },
  "cache prune": {
    summary: "remove from the store what was not used for long",
    load: async () => (await import("./commands/cache-prune.ts")).cachePrune,
  },
  publish: {
    summary: "push, attest, verify, then tag an image",
    load: async () => (await import("./commands/publish.ts")).publish,
  },
  verify: {
    summary: "check the attestations of an image or a file",
    load: async () => (await import("./commands/verify.ts")).verify,
  },
  "dev-services": {
    summary: "a registry and sigstore on loopback",
    load: async () => (await import("./commands/dev-services.ts")).devServices,
  },
};
