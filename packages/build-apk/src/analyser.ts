import type { PackageOptions } from "@apkmill/config";
import type { PackageTree } from "./package-tree.ts";

/** A package whose files are analysed, with what its configuration declares. */
export interface AnalysisRequest {
  readonly tree: PackageTree;
  /** The trees of all packages of the configuration, this one among them: links may lead there. */
  readonly siblings: readonly PackageTree[];
  /** With the revision, `1.2.3-r0`. */
  readonly fullVersion: string;
  readonly declared: { readonly depends: readonly string[]; readonly provides: readonly string[] };
  readonly options: PackageOptions;
}

/** What a package's files say that it needs and offers; items as in `.PKGINFO`. */
export interface Findings {
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  /** Offered only to the package itself: objects outside of the library path. Never a provide. */
  readonly vendored: readonly string[];
}

/** One way of reading a package's files: what it finds there of one kind, in any order, before options are applied. */
export type Analyser = (request: AnalysisRequest) => Promise<Findings>;
