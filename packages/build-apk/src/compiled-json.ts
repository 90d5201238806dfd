import { printableLocation } from "@apkmill/apk";
import { redactUrl } from "@apkmill/core";
import type { Dependencies, ImageConfig, PackageOptions, Scriptlets } from "@apkmill/config";
import type { CompiledPackage, CompiledStep, CompiledSubpackage, CompiledTest } from "./compiled.ts";

/**
 * A compiled configuration as `apk compile` prints it: melange's own JSON, which is its structures with the YAML's key names and what is
 * empty left out. Sections that are structures there (`checks`, `cpe`, `resources`) stay as `{}`.
 */

type Json = Readonly<Record<string, unknown>>;

/** The JSON value of a compiled configuration. */
export function compiledToJson(compiled: CompiledPackage): Json {
  const { update, vars, "var-transforms": transforms, ...rest } = compiled.record;
  return {
    package: packageJson(compiled),
    environment: imageJson(compiled.environment),
    capabilities: present(compiled.capabilities),
    ...present({
      pipeline: compiled.pipeline.map(topStepJson),
      subpackages: compiled.subpackages.map(subpackageJson),
      vars,
      "var-transforms": transforms,
      ...rest,
    }),
    update,
    ...(compiled.test && { test: testJson(compiled.test) }),
  };
}

function packageJson({ package: section }: CompiledPackage): Json {
  return {
    name: section.name,
    version: section.version,
    epoch: section.epoch,
    ...present({
      description: section.description,
      annotations: section.annotations,
      url: section.url,
      commit: section.commit,
      "target-architecture": section.targetArchitecture,
      copyright: section.copyright.map((each) =>
        present({
          paths: each.paths,
          attestation: each.attestation,
          license: each.license,
          "license-path": each.licensePath,
          "detection-override": each.detectionOverride,
        }),
      ),
    }),
    dependencies: dependenciesJson(section.dependencies),
    ...present({ options: optionsJson(section.options), scriptlets: scriptletsJson(section.scriptlets) }),
    checks: present({ disabled: section.disabledChecks }),
    cpe: section.cpe,
    ...present({
      setcap: section.setcap,
      timeout: section.timeoutMs === undefined ? undefined : section.timeoutMs * 1e6,
    }),
    resources: section.resources,
    ...present({ "test-resources": section.testResources }),
  };
}

function subpackageJson(subpackage: CompiledSubpackage): Json {
  return {
    ...present({ if: subpackage.if }),
    name: subpackage.name,
    ...present({ pipeline: subpackage.pipeline.map(topStepJson) }),
    dependencies: dependenciesJson(subpackage.dependencies),
    ...present({
      options: optionsJson(subpackage.options),
      scriptlets: scriptletsJson(subpackage.scriptlets),
      description: subpackage.description,
      annotations: subpackage.annotations,
      url: subpackage.url,
      commit: subpackage.commit,
    }),
    checks: present({ disabled: subpackage.disabledChecks }),
    ...present({ setcap: subpackage.setcap }),
    ...(subpackage.test && { test: testJson(subpackage.test) }),
  };
}

function testJson(test: CompiledTest): Json {
  return { environment: imageJson(test.environment), ...present({ pipeline: test.pipeline.map(topStepJson) }) };
}

/** A step of a package's own pipeline: its needs are in the environment by now, unless its condition kept them out. */
function topStepJson(step: CompiledStep): Json {
  return stepJson(step.enabled ? { ...step, needs: [] } : step);
}

function stepJson(step: CompiledStep): Json {
  return present({
    if: step.if,
    name: step.name,
    uses: step.uses,
    with: step.with,
    runs: step.script,
    pipeline: step.pipeline.map(stepJson),
    needs: step.needs.length === 0 ? undefined : { Packages: step.needs },
    label: step.label,
    assertions: step.requiredSteps === 0 ? undefined : { "required-steps": step.requiredSteps },
    "working-directory": step.workingDirectory,
    environment: step.environment,
  });
}

function dependenciesJson(dependencies: Dependencies): Json {
  return present({
    runtime: dependencies.runtime,
    provides: dependencies.provides,
    replaces: dependencies.replaces,
    "provider-priority": dependencies.providerPriority,
    "replaces-priority": dependencies.replacesPriority,
  });
}

function optionsJson(options: PackageOptions): Json {
  return present({
    "no-provides": options.noProvides,
    "no-depends": options.noDepends,
    "no-commands": options.noCommands,
    "no-versioned-shlib-deps": options.noVersionedShlibDeps,
  });
}

function scriptletsJson({ trigger, ...scripts }: Scriptlets): Json | undefined {
  const json = present({
    trigger: trigger && present(trigger),
    "pre-install": scripts.preInstall,
    "post-install": scripts.postInstall,
    "pre-deinstall": scripts.preDeinstall,
    "post-deinstall": scripts.postDeinstall,
    "pre-upgrade": scripts.preUpgrade,
    "post-upgrade": scripts.postUpgrade,
  });
  return Object.keys(json).length === 0 ? undefined : { trigger: {}, ...json };
}

/** The guest, in the keys of an image configuration. */
function imageJson(image: ImageConfig): Json {
  const { contents, accounts, entrypoint } = image;
  return {
    contents: present({
      // The JSON goes into packages and onto screens; what a build logs in with does not.
      build_repositories: contents.buildRepositories.map(printableLocation),
      runtime_repositories: contents.runtimeRepositories.map(printableLocation),
      repositories: contents.repositories.map(printableLocation),
      keyring: contents.keyring.map((source) => (/^https?:/i.test(source) ? redactUrl(source) : source)),
      runtime_keyring: contents.runtimeKeyring,
      packages: contents.packages,
      baseimage: contents.baseImage && { image: contents.baseImage.image, apkindex: contents.baseImage.apkIndex },
    }),
    entrypoint: present({
      type: entrypoint.type,
      command: entrypoint.command,
      "shell-fragment": entrypoint.shellFragment,
      services: entrypoint.services,
    }),
    ...present({ cmd: image.cmd, "stop-signal": image.stopSignal, "work-dir": image.workDir }),
    accounts: accountsJson(accounts),
    ...present({
      archs: image.archs,
      environment: image.environment,
      paths: image.paths.map(present),
      "vcs-url": image.vcsUrl,
      annotations: image.annotations,
      volumes: image.volumes,
      layering: image.layering,
      certificates: image.certificates,
    }),
  };
}

function accountsJson({ runAs, users, groups }: ImageConfig["accounts"]): Json {
  return present({
    "run-as": runAs,
    users: users.map((user) => ({
      username: user.userName,
      uid: user.uid,
      gid: user.gid,
      ...(user.shell !== "/bin/sh" && { shell: user.shell }),
      ...(user.homeDir !== `/home/${user.userName}` && { homedir: user.homeDir }),
    })),
    groups: groups.map(({ groupName, gid, members }) => ({ groupname: groupName, gid, ...present({ members }) })),
  });
}

/** The entries that hold something: no empty text, list or mapping, no false and nothing undefined. */
function present(value: object): Json {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => !isEmpty(each)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "" || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
