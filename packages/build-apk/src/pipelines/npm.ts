import { definePipeline, sh } from "./define.ts";

/** `npm/install` and `maven/pombump`. */

export const npmInstall = definePipeline({
  needs: ["busybox", "nodejs", "npm", "${{inputs.npm-package}}"],
  inputs: {
    package: { about: "the name of the npm package", required: true },
    version: { about: "its version", required: true },
    prefix: { about: "where to install", default: "${{targets.contextdir}}/usr/" },
    overrides: { about: "package@version to use in place of others, with blanks or commas between" },
    "npm-package": { about: "the package manager: npm or pnpm", default: "npm" },
  },
  runs: (inputs) => sh`
    prefix="${inputs.prefix}"
    overrides=$(echo "${inputs.overrides}" | tr ',\n' '  ')
    mkdir -p "$prefix/lib" "$prefix/bin"
    if [ -z "$(echo $overrides)" ]; then
      npm install --global --prefix "$prefix" "${inputs.package}@${inputs.version}"
      exit 0
    fi

    # Overrides hold for a project's own packages only, so the package is installed into one, and the project's tree taken over.
    project=$(mktemp -d)
    trap 'rm -rf "$project"' EXIT
    cd "$project"
    npm init --yes > /dev/null
    for override in $overrides; do
      npm pkg set "overrides.\${override%@*}=\${override##*@}"
    done
    npm install --save-exact "${inputs.package}@${inputs.version}"
    cp -R node_modules "$prefix/lib/"
    for program in node_modules/.bin/*; do
      [ -e "$program" ] || continue
      target=$(readlink "$program")
      case "$target" in
        "../${inputs.package}/"*) ln -sf "../lib/node_modules/\${target#../}" "$prefix/bin/$(basename "$program")" ;;
      esac
    done
  `,
});

export const mavenPombump = definePipeline({
  needs: ["busybox", "pombump"],
  inputs: {
    pom: { about: "the POM to change", default: "pom.xml" },
    "patch-file": { about: "a file of dependencies to change", default: "./pombump-deps.yaml" },
    "properties-file": { about: "a file of properties to change", default: "./pombump-properties.yaml" },
    dependencies: { about: "dependencies to change" },
    properties: { about: "properties to change" },
    debug: { about: "whether to show what changed", default: "false" },
    "show-dependency-tree": { about: "whether to show the dependencies before and after", default: "false" },
  },
  runs: (inputs) => sh`
    pom="${inputs.pom}"
    set --
    if [ -n "${inputs.dependencies}" ]; then
      set -- "$@" --dependencies "${inputs.dependencies}"
    elif [ -f "${inputs["patch-file"]}" ]; then
      set -- "$@" --patch-file "${inputs["patch-file"]}"
    fi
    if [ -n "${inputs.properties}" ]; then
      set -- "$@" --properties "${inputs.properties}"
    elif [ -f "${inputs["properties-file"]}" ]; then
      set -- "$@" --properties-file "${inputs["properties-file"]}"
    fi
    [ "$#" -gt 0 ] || { echo "maven/pombump: nothing to change in $pom" >&2; exit 1; }
    tree() { if [ "${inputs["show-dependency-tree"]}" = true ]; then mvn --file "$pom" dependency:tree; fi; }

    tree
    changed=$(mktemp)
    pombump "$pom" "$@" > "$changed"
    if [ "${inputs.debug}" = true ]; then diff -u "$pom" "$changed" || true; fi
    cat "$changed" > "$pom"
    rm -f "$changed"
    tree
  `,
});
