/**
 * An apko image configuration after include, merging, defaults and validation. Every list is present.
 * Source: reference apko §1; keys are the YAML's, in camelCase.
 */
export interface ImageConfig {
  readonly contents: {
    readonly buildRepositories: readonly string[];
    readonly runtimeRepositories: readonly string[];
    readonly repositories: readonly string[];
    readonly keyring: readonly string[];
    readonly runtimeKeyring: readonly { readonly name: string; readonly content: string }[];
    readonly packages: readonly string[];
    readonly baseImage?: { readonly image: string; readonly apkIndex: string };
  };
  readonly entrypoint: {
    readonly type: string;
    readonly command: string;
    readonly shellFragment: string;
    readonly services: Readonly<Record<string, string>>;
  };
  readonly cmd: string;
  readonly stopSignal: string;
  readonly workDir: string;
  readonly accounts: {
    readonly runAs: string;
    readonly users: readonly UserAccount[];
    readonly groups: readonly GroupAccount[];
  };
  /** OCI names (`amd64`, `arm/v7`), in the order of the file; empty when the file names none. */
  readonly archs: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly paths: readonly PathMutation[];
  readonly vcsUrl: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly layering?: { readonly strategy: string; readonly budget: number };
  readonly certificates?: {
    readonly additional: readonly { readonly name: string; readonly content: string }[];
    readonly providers: readonly string[];
  };
}

export interface UserAccount {
  readonly userName: string;
  readonly uid: number;
  readonly gid: number;
  readonly shell: string;
  readonly homeDir: string;
}

export interface GroupAccount {
  readonly groupName: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface PathMutation {
  readonly path: string;
  readonly type: "directory" | "empty-file" | "hardlink" | "symlink" | "permissions";
  readonly uid?: number;
  readonly gid?: number;
  /** Left out: 0755 for directories, 0644 for files, nothing for links. */
  readonly permissions?: number;
  readonly source: string;
  readonly recursive: boolean;
}
