import { definePipeline, sh, variable } from "./define.ts";

/** `cargo/build`: a Rust program that carries the list of its crates. */
export const cargoBuild = definePipeline({
  needs: ["build-base", "busybox", "cargo-auditable", "rust"],
  inputs: {
    output: { about: "the programs to install, with blanks between; all that were built when empty" },
    opts: { about: "options of cargo build", default: "--release" },
    modroot: { about: "the folder of the crate", default: "." },
    rustflags: { about: "more flags for the compiler" },
    prefix: { about: "where to install, below the root", default: "usr" },
    "install-dir": { about: "where to install, below the prefix", default: "bin" },
    "output-dir": { about: "where cargo puts what it built", default: "target/release" },
    jobs: { about: "how many compilers to run at a time" },
  },
  runs: (inputs) => sh`
    cd "${inputs.modroot}"
    destination="${variable("targets.contextdir")}/${inputs.prefix}/${inputs["install-dir"]}"
    if [ -n "${inputs.rustflags}" ]; then export RUSTFLAGS="$RUSTFLAGS ${inputs.rustflags}"; fi
    if [ -n "${inputs.jobs}" ]; then export CARGO_BUILD_JOBS="${inputs.jobs}"; fi
    cargo auditable build ${inputs.opts}

    names="${inputs.output}"
    if [ -z "$names" ]; then
      names=$(find "${inputs["output-dir"]}" -maxdepth 1 -type f -perm -0100 ! -name '*.so' ! -name '*.d' -exec basename {} \; | sort)
    fi
    [ -n "$names" ] || { echo "cargo/build: no program was built in ${inputs["output-dir"]}" >&2; exit 1; }
    mkdir -p "$destination"
    for name in $names; do
      install -m 755 "${inputs["output-dir"]}/$name" "$destination/$name"
    done
  `,
});
