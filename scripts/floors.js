/** Floor of every package (design §2): a package imports only from lower floors, only through the other's index.ts. */
export const floors = {
  core: 0,
  archive: 1,
  apk: 2,
  oci: 2,
  sandbox: 2,
  config: 3,
  rootfs: 3,
  sbom: 3,
  attest: 3,
  "build-apk": 4,
  "build-image": 4,
  publish: 4,
  "dev-services": 4,
  factory: 5,
  cli: 6,
  "action-kit": 6,
};
