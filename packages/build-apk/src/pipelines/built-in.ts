import type { PipelineStep } from "@apkmill/config";
import { configure, make, makeInstall } from "./autoconf.ts";
import { cargoBuild } from "./cargo.ts";
import { cmakeBuild, cmakeConfigure, cmakeInstall, mesonCompile, mesonConfigure, mesonInstall } from "./cmake.ts";
import { llvmCovreport, xcoverEnsure, xcoverProfile, xcoverStatus, xcoverStop, xcoverWait } from "./coverage.ts";
import { fetch } from "./fetch.ts";
import { gitAm, gitCheckout } from "./git.ts";
import { goBuild, goBuildV2, goBump, goCovdata, goInstall } from "./go.ts";
import { mavenPombump, npmInstall } from "./npm.ts";
import { patch } from "./patch.ts";
import { peclInstall, peclPhpize, perlCleanup, perlMake, rBuild } from "./perl.ts";
import { pythonBuild, pythonBuildWheel, pythonImport, pythonInstall, pythonTest } from "./python.ts";
import { rubyBuild, rubyClean, rubyInstall } from "./ruby.ts";
import * as split from "./split.ts";
import { strip } from "./strip.ts";

/**
 * The pipelines that come with the engine, by the name that `uses` says. Names, inputs and defaults are melange's, so that files work
 * unchanged; the scripts are our own and run under busybox's ash. Source: reference melange §2.
 */
export const builtInPipelines: ReadonlyMap<string, PipelineStep> = new Map([
  ["R/build", rBuild],
  ["autoconf/configure", configure],
  ["autoconf/make", make],
  ["autoconf/make-install", makeInstall],
  ["cargo/build", cargoBuild],
  ["cmake/build", cmakeBuild],
  ["cmake/configure", cmakeConfigure],
  ["cmake/install", cmakeInstall],
  ["fetch", fetch],
  ["git-am", gitAm],
  ["git-checkout", gitCheckout],
  ["go/build", goBuild],
  ["go/build/v2", goBuildV2],
  ["go/bump", goBump],
  ["go/covdata", goCovdata],
  ["go/install", goInstall],
  ["llvm/covreport", llvmCovreport],
  ["maven/pombump", mavenPombump],
  ["meson/compile", mesonCompile],
  ["meson/configure", mesonConfigure],
  ["meson/install", mesonInstall],
  ["npm/install", npmInstall],
  ["patch", patch],
  ["pecl/install", peclInstall],
  ["pecl/phpize", peclPhpize],
  ["perl/cleanup", perlCleanup],
  ["perl/make", perlMake],
  ["python/build", pythonBuild],
  ["python/build-wheel", pythonBuildWheel],
  ["python/import", pythonImport],
  ["python/install", pythonInstall],
  ["python/test", pythonTest],
  ["ruby/build", rubyBuild],
  ["ruby/clean", rubyClean],
  ["ruby/install", rubyInstall],
  ["split/alldocs", split.splitAlldocs],
  ["split/bin", split.splitBin],
  ["split/debug", split.splitDebug],
  ["split/dev", split.splitDev],
  ["split/infodir", split.splitInfodir],
  ["split/lib", split.splitLib],
  ["split/locales", split.splitLocales],
  ["split/manpages", split.splitManpages],
  ["split/static", split.splitStatic],
  ["strip", strip],
  ["xcover/ensure", xcoverEnsure],
  ["xcover/profile", xcoverProfile],
  ["xcover/status", xcoverStatus],
  ["xcover/stop", xcoverStop],
  ["xcover/wait", xcoverWait],
]);
