import type { ImageFile } from "./image-schema.ts";

/**
 * `own` over `base`, the file it includes: lists are joined (base first), maps merged by key (own wins), a scalar or section that
 * `own` leaves out comes from `base`. Other than in apko that holds for `vcs-url` too. Source: reference apko §1.6.
 */
export function mergeImageFiles(base: ImageFile, own: ImageFile): ImageFile {
  const { accounts } = own;
  return {
    contents: mergeContents(base.contents, own.contents),
    entrypoint: isEmptyEntrypoint(own.entrypoint) ? base.entrypoint : own.entrypoint,
    cmd: own.cmd || base.cmd,
    stopSignal: own.stopSignal || base.stopSignal,
    workDir: own.workDir || base.workDir,
    accounts: {
      runAs: accounts.runAs || base.accounts.runAs,
      users: [...base.accounts.users, ...accounts.users],
      groups: [...base.accounts.groups, ...accounts.groups],
    },
    archs: own.archs.value.length > 0 ? own.archs : base.archs,
    environment: { ...base.environment, ...own.environment },
    paths: [...base.paths, ...own.paths],
    vcsUrl: own.vcsUrl || base.vcsUrl,
    annotations: { ...base.annotations, ...own.annotations },
    include: { value: "" },
    volumes: [...base.volumes, ...own.volumes],
    format: own.format.value === "" ? base.format : own.format,
    layering: own.layering.value === undefined ? base.layering : own.layering,
    certificates: own.certificates.value === undefined ? base.certificates : own.certificates,
    places: { ...base.places, ...own.places },
  };
}

function mergeContents(base: ImageFile["contents"], own: ImageFile["contents"]): ImageFile["contents"] {
  return {
    buildRepositories: [...base.buildRepositories, ...own.buildRepositories],
    runtimeRepositories: [...base.runtimeRepositories, ...own.runtimeRepositories],
    repositories: [...base.repositories, ...own.repositories],
    keyring: [...base.keyring, ...own.keyring],
    runtimeKeyring: [...base.runtimeKeyring, ...own.runtimeKeyring],
    packages: [...base.packages, ...own.packages],
    baseImage: own.baseImage.value === undefined ? base.baseImage : own.baseImage,
  };
}

/** True for an entrypoint that says nothing; `services: {}` says that there are none. */
export function isEmptyEntrypoint({ type, command, shellFragment, services }: ImageFile["entrypoint"]): boolean {
  return type === "" && command === "" && shellFragment === "" && services === undefined;
}
