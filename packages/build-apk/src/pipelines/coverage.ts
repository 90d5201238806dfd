import { definePipeline, sh } from "./define.ts";

/** `xcover/*` and `llvm/covreport`: how much of a program a test ran. */

const xcover = { package: { about: "the package that holds xcover", default: "xcover" } } as const;
const waitTimeout = { about: "seconds to wait for the profiler", default: "60" } as const;
const needs = ["busybox", "${{inputs.package}}"];

export const xcoverProfile = definePipeline({
  needs,
  inputs: {
    ...xcover,
    "executable-path": { about: "the program to watch", required: true },
    "exclude-functions": { about: "functions to leave out, a regular expression" },
    "include-functions": { about: "functions to watch, a regular expression; all when empty" },
    scope: { about: "binary, or project for a Go program's own module", default: "project" },
    "log-level": { about: "how much the profiler says", default: "info" },
    verbose: { about: "whether to name every function", default: "false" },
    "wait-timeout": waitTimeout,
  },
  runs: (inputs) => sh`
    set -- --detach --path "${inputs["executable-path"]}" --scope "${inputs.scope}" --log-level "${inputs["log-level"]}"
    if [ -n "${inputs["exclude-functions"]}" ]; then set -- "$@" --exclude '${inputs["exclude-functions"]}'; fi
    if [ -n "${inputs["include-functions"]}" ]; then set -- "$@" --include '${inputs["include-functions"]}'; fi
    xcover run "$@" --verbose="${inputs.verbose}"
    xcover wait --timeout "${inputs["wait-timeout"]}s"
  `,
});

export const xcoverWait = definePipeline({
  needs,
  inputs: { ...xcover, "wait-timeout": waitTimeout },
  runs: (inputs) => sh`
    xcover wait --timeout "${inputs["wait-timeout"]}s"
  `,
});

export const xcoverStatus = definePipeline({
  needs,
  inputs: xcover,
  runs: () => sh`
    xcover status
  `,
});

export const xcoverStop = definePipeline({
  needs,
  inputs: xcover,
  runs: () => sh`
    xcover stop
  `,
});

export const xcoverEnsure = definePipeline({
  needs: [...needs, "jq"],
  inputs: { ...xcover, "min-coverage": { about: "the least coverage to accept, in percent" } },
  runs: (inputs) => sh`
    coverage=$(jq -r .cov_by_func xcover-report.json)
    echo "xcover/ensure: $coverage percent of the functions ran"
    least="${inputs["min-coverage"]}"
    if [ -n "$least" ] && ! jq -e --arg least "$least" '.cov_by_func >= ($least | tonumber)' xcover-report.json > /dev/null; then
      echo "xcover/ensure: that is less than $least percent" >&2
      exit 1
    fi
  `,
});

export const llvmCovreport = definePipeline({
  needs: ["${{inputs.package}}"],
  inputs: {
    package: { about: "the package that holds the llvm tools", default: "llvm-19" },
    object: { about: "the program or library that ran" },
    "ignore-filename-regex": { about: "source files to leave out" },
  },
  runs: (inputs) => sh`
    llvm-profdata merge -sparse -o default.profdata ./*.profraw
    llvm-cov report "${inputs.object}" -instr-profile=default.profdata -ignore-filename-regex="${inputs["ignore-filename-regex"]}"
  `,
});
