import { definePipeline, sh } from "./define.ts";

/** `patch`: patches in order. The names go through a quoted document, so that the shell never reads them as its own. */
export const patch = definePipeline({
  needs: ["patch"],
  inputs: {
    patches: { about: "patch files, with blanks between" },
    series: { about: "a file that names the patches, one a line, as quilt has it" },
    "strip-components": { about: "leading path components to drop (-p)", default: "1" },
    fuzz: { about: "how many lines of context may differ", default: "2" },
  },
  runs: (inputs) => sh`
    fail() { echo "patch: $*" >&2; exit 1; }
    list=$(mktemp)
    trap 'rm -f "$list"' EXIT
    tr -s '[:space:]' '\n' > "$list" <<'END_OF_PATCHES'
    ${inputs.patches}
    END_OF_PATCHES
    series=$(cat <<'END_OF_SERIES'
    ${inputs.series}
    END_OF_SERIES
    )
    series=$(echo $series)
    if [ -n "$series" ]; then
      [ -f "$series" ] || fail "there is no series file $series"
      sed 's/#.*//; s/[[:space:]]*$//; s/^[[:space:]]*//' "$series" >> "$list"
    fi
    grep -q . "$list" || fail "no patches: set patches or series"

    set -- -p"${inputs["strip-components"]}"
    # busybox's patch has no such option; it copes with moved lines by itself.
    if patch --version 2>/dev/null | grep -q GNU; then set -- "$@" --fuzz="${inputs.fuzz}"; fi
    while read -r name; do
      [ -n "$name" ] || continue
      case "$name" in
        *[!A-Za-z0-9._/+@:=,~-]*|-*) fail "the name of the patch $name has a character that no patch needs" ;;
      esac
      [ -f "$name" ] || fail "there is no patch $name"
      echo "patch: $name"
      patch "$@" < "$name" || fail "cannot apply $name"
    done < "$list"
  `,
});
