/** What is to be done to a world, in the words of apk's commands (A10.7). */
export type Verb = AddVerb | UpgradeVerb | RemoveVerb | FixVerb;

/** `apk add`: what is installed already stays as it is where it fits. */
export interface AddVerb {
  readonly kind: "add";
  /** Constraints, `name`, `name@tag`, `name>=version`, `!name`. */
  readonly packages: readonly string[];
  /** `-u`: them, and what they need, in newer versions. */
  readonly upgrade?: boolean | undefined;
  /** `-l`: them, and what they need, in the newest versions that there are, fit or not. */
  readonly latest?: boolean | undefined;
  /** `-t`: the world gets this one, which depends on `packages`, instead of these. */
  readonly virtual?: VirtualPackage | undefined;
}

/** A package without content that holds others together, such as `.build-deps`. */
export interface VirtualPackage {
  readonly name: string;
  readonly version: string;
}

/** `apk upgrade`. */
export interface UpgradeVerb {
  readonly kind: "upgrade";
  /** Only these, and what they need; left out: all. */
  readonly packages?: readonly string[] | undefined;
  /** `-a`: what no repository has any more gives way to what there is, be it older. */
  readonly available?: boolean | undefined;
  /** `-l`: the newest versions that there are, fit or not. */
  readonly latest?: boolean | undefined;
  /** `--prune`: the world loses what no repository has. */
  readonly prune?: boolean | undefined;
  /** `--ignore`: these stay as they are. */
  readonly ignore?: readonly string[] | undefined;
}

/** `apk del`: the world loses names; what nobody needs then goes. */
export interface RemoveVerb {
  readonly kind: "remove";
  readonly packages: readonly string[];
  /** `-r`: what depends on them as well. */
  readonly dependants?: boolean | undefined;
}

/** `apk fix`: lays packages down again. */
export interface FixVerb {
  readonly kind: "fix";
  /** Left out: those that the database says are broken. */
  readonly packages?: readonly string[] | undefined;
  /** `-d`: what they need as well. */
  readonly depends?: boolean | undefined;
  /** `-r`, which is meant where `upgrade` is not said. */
  readonly reinstall?: boolean | undefined;
  /** `-u`: in newer versions where there are any. */
  readonly upgrade?: boolean | undefined;
}
