import { definePipeline, sh, useStep, variable } from "./define.ts";

/** `go/*`: programs written in Go. */

const tuning = {
  ldflags: { about: "more flags for the linker" },
  strip: { about: "flags for the linker that leave debug information out", default: "-w" },
  tags: { about: "more build tags, with commas between" },
  toolchaintags: { about: "the usual build tags, with commas between", default: "netgo,osusergo" },
  experiments: { about: "GOEXPERIMENT, with commas between" },
  amd64: { about: "GOAMD64, the level of the processor", default: "v2" },
  arm64: { about: "GOARM64, the level of the processor", default: "v8.0" },
  prefix: { about: "where to install, below the root", default: "usr" },
  "install-dir": { about: "where to install, below the prefix", default: "bin" },
} as const;

const goPackage = { about: "the package that holds the compiler", default: "go" } as const;
const modroot = { about: "the folder of go.mod", default: "." } as const;
const vendor = { about: "whether to write the vendor folder anew", default: "false" } as const;
const buildmode = { about: "the flag -buildmode", default: "default" } as const;
const extraArgs = { about: "more arguments of go build" } as const;
const ignoreUntracked = { about: "whether untracked files leave the recorded version clean", default: "true" } as const;

type Tuning = Readonly<Record<keyof typeof tuning, string>>;

/** Sets what the compiler reads from the environment, and `tags`, `ldflags` and `destination`. */
function prepare(inputs: Tuning): string {
  return sh`
    export GOAMD64="${inputs.amd64}" GOARM64="${inputs.arm64}"
    if [ -n "${inputs.experiments}" ]; then export GOEXPERIMENT="${inputs.experiments}"; fi
    tags="${inputs.toolchaintags}"
    if [ -n "${inputs.tags}" ]; then tags="$tags,${inputs.tags}"; fi
    ldflags="${inputs.strip} ${inputs.ldflags}"
    destination="${variable("targets.contextdir")}/${inputs.prefix}/${inputs["install-dir"]}"
    mkdir -p "$destination"
  `;
}

/** Go to the module; take a go.mod that the build brought along; keep what the build wrote out of the recorded version. */
function enterModule(modroot: string, ignoreUntracked: string): string {
  return sh`
    cd "${modroot}"
    for file in go.mod go.sum; do
      if [ -f "/home/build/$file.local" ]; then cp "/home/build/$file.local" "$file"; fi
    done
    [ -f go.mod ] || { echo "go/build: there is no go.mod in $(pwd)" >&2; exit 1; }
    if [ "${ignoreUntracked}" = true ] && command -v git > /dev/null; then
      echo '*' > "\${TMPDIR:-/tmp}/apkmill-ignore-all"
      git config --global core.excludesFile "\${TMPDIR:-/tmp}/apkmill-ignore-all"
    fi
  `;
}

export const goBuild = definePipeline({
  needs: ["${{inputs.go-package}}", "build-base", "busybox", "ca-certificates-bundle"],
  inputs: {
    packages: { about: "the packages to build, with blanks between", required: true },
    output: { about: "the name of the program", required: true },
    "go-package": goPackage,
    modroot,
    ...tuning,
    deps: { about: "modules to move to another version first, with blanks between" },
    vendor,
    tidy: { about: "whether to run go mod tidy first", default: "false" },
    "extra-args": extraArgs,
    buildmode,
    "ignore-untracked-files": ignoreUntracked,
  },
  runs: (inputs) =>
    enterModule(inputs.modroot, inputs["ignore-untracked-files"]) +
    prepare(inputs) +
    sh`
    for module in ${inputs.deps}; do go get "$module"; done
    if [ "${inputs.tidy}" = true ]; then go mod tidy; fi
    if [ "${inputs.vendor}" = true ]; then go mod vendor; fi
    go build -o "$destination/${inputs.output}" -tags "$tags" -ldflags "$ldflags" -trimpath -buildmode "${inputs.buildmode}" ${inputs["extra-args"]} ${inputs.packages}
  `,
});

export const goBuildV2 = definePipeline({
  needs: ["busybox", "ca-certificates-bundle"],
  inputs: {
    packages: { about: "the packages to build, with blanks between", default: "." },
    output: { about: "the name of the program; the package's own when empty" },
    modroot,
    ...tuning,
    vendor,
    "extra-args": extraArgs,
    buildmode,
    "ignore-untracked-files": ignoreUntracked,
  },
  runs: (inputs) =>
    enterModule(inputs.modroot, inputs["ignore-untracked-files"]) +
    prepare(inputs) +
    sh`
    if [ "${inputs.vendor}" = true ]; then go mod vendor; fi
    go build -o "$destination/${inputs.output}" -tags "$tags" -ldflags "$ldflags" -trimpath -buildmode "${inputs.buildmode}" ${inputs["extra-args"]} ${inputs.packages}
  `,
  then: [useStep("strip")],
});

export const goInstall = definePipeline({
  needs: ["${{inputs.go-package}}", "build-base", "busybox", "ca-certificates-bundle", "git"],
  inputs: {
    package: { about: "the import path of the program", required: true },
    version: { about: "its version, a tag, commit or branch; latest when empty" },
    "go-package": goPackage,
    ...tuning,
  },
  runs: (inputs) =>
    prepare(inputs) +
    sh`
    version="${inputs.version}"
    GOBIN=$(mktemp -d)
    export GOBIN
    trap 'rm -rf "$GOBIN"' EXIT
    go install -tags "$tags" -ldflags "$ldflags" -trimpath "${inputs.package}@\${version:-latest}"
    mv "$GOBIN"/* "$destination/"
  `,
});

export const goBump = definePipeline({
  needs: ["git", "gobump"],
  inputs: {
    deps: { about: "modules with their versions, with blanks between", required: true },
    modroot,
    "go-version": { about: "the go version to write into go.mod" },
    replaces: { about: "replacements to add to go.mod" },
    tidy: { about: "whether to run go mod tidy", default: "true" },
    "show-diff": { about: "whether to show what changed", default: "false" },
    "tidy-compat": { about: "the go version that the tidied files must suit" },
    work: { about: "whether the project has a go.work", default: "false" },
  },
  runs: (inputs) => sh`
    deps=$(echo "${inputs.deps}" | tr '\n' ' ')
    set -- --packages "$deps" --modroot "${inputs.modroot}"
    if [ -n "${inputs["go-version"]}" ]; then set -- "$@" --go-version "${inputs["go-version"]}"; fi
    if [ -n "${inputs.replaces}" ]; then set -- "$@" --replaces "$(echo "${inputs.replaces}" | tr '\n' ' ')"; fi
    if [ -n "${inputs["tidy-compat"]}" ]; then set -- "$@" --compat "${inputs["tidy-compat"]}"; fi
    if [ "${inputs.work}" = true ]; then set -- "$@" --work; fi
    gobump "$@" --tidy="${inputs.tidy}" --show-diff="${inputs["show-diff"]}"
  `,
});

export const goCovdata = definePipeline({
  needs: ["${{inputs.package}}", "busybox", "jq"],
  inputs: {
    package: { about: "the package that holds the compiler", default: "go" },
    "cover-dir": { about: "GOCOVERDIR of the program that ran", default: "/home/build" },
  },
  runs: (inputs) => sh`
    go tool covdata percent -i "${inputs["cover-dir"]}"
  `,
});
