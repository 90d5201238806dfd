import { definePipeline, sh, variable } from "./define.ts";

/** `ruby/*`: gems. */

const needs = ["busybox", "ca-certificates-bundle"];
const dir = { about: "the folder to work in", default: "." } as const;

export const rubyBuild = definePipeline({
  needs,
  inputs: {
    gem: { about: "the name of the gem", required: true },
    dir,
    output: { about: "the file to write" },
    opts: { about: "options of gem build" },
  },
  runs: (inputs) => sh`
    cd "${inputs.dir}"
    # The author's signing key is not here, and a gem in a package needs none.
    sed -i '/signing_key/d' "${inputs.gem}.gemspec"
    set -- "${inputs.gem}.gemspec"
    if [ -n "${inputs.output}" ]; then set -- "$@" --output "${inputs.output}"; fi
    gem build ${inputs.opts} "$@"
  `,
});

export const rubyInstall = definePipeline({
  needs,
  inputs: {
    gem: { about: "the name of the gem" },
    version: { about: "the version of the gem", required: true },
    "gem-file": { about: "the file to install; GEM-VERSION.gem when empty" },
    dir,
    opts: { about: "options of gem install" },
  },
  runs: (inputs) => sh`
    cd "${inputs.dir}"
    file="${inputs["gem-file"]}"
    [ -n "$file" ] || file="${inputs.gem}-${inputs.version}.gem"
    destination="${variable("targets.contextdir")}"
    gem install "$file" \
      --local \
      --install-dir "$destination$(ruby -e 'puts Gem.default_dir')" \
      --bindir "$destination/usr/bin" \
      --version "${inputs.version}" \
      --ignore-dependencies \
      --no-document \
      ${inputs.opts}
  `,
});

export const rubyClean = definePipeline({
  needs,
  inputs: {},
  runs: () => sh`
    gems="${variable("targets.contextdir")}$(ruby -e 'puts Gem.default_dir')"
    [ -d "$gems" ] || exit 0
    # What building leaves behind: downloads, documentation, logs, objects.
    rm -rf "$gems/build_info" "$gems/cache" "$gems/doc" "$gems/plugins"
    find "$gems" -type f \( -name gem_make.out -o -name mkmf.log -o -name Makefile -o -name '*.o' \) -exec rm -f {} +
  `,
});
