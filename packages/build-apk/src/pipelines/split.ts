import { definePipeline, sh, variable } from "./define.ts";

/** `split/*`: files of one kind from a package into the subpackage at hand. */

/** Sets `from` and `to`, and `move`, which takes files and folders below `from` over, and the folders they leave empty away. */
function prepare(name: string, packageName: string): string {
  return sh`
    from="${variable("targets.destdir")}"
    if [ -n "${packageName}" ]; then from="${variable("targets.outdir")}/${packageName}"; fi
    to="${variable("targets.contextdir")}"
    if [ "$from" = "$to" ]; then
      echo "${name}: a package cannot be split from itself: use this in a subpackage, or set package" >&2
      exit 1
    fi
    mkdir -p "$to"
    [ -d "$from" ] || { echo "${name}: there is no $from" >&2; exit 1; }
    cd "$from"
    move() {
      for path in "$@"; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        parent=$(dirname "$path")
        mkdir -p "$to/$parent"
        if [ -d "$path" ] && [ ! -L "$path" ] && [ -d "$to/$path" ]; then
          cp -a "$path/." "$to/$path/"
          rm -rf "$path"
        else
          mv "$path" "$to/$path"
        fi
        while [ "$parent" != . ] && rmdir "$parent" 2>/dev/null; do parent=$(dirname "$parent"); done
      done
    }
    move_found() {
      found=$(mktemp)
      find "$@" | sort > "$found"
      while read -r path; do move "$path"; done < "$found"
      rm -f "$found"
    }
  `;
}

const packageInput = { package: { about: "the package to split from; the main one when empty" } } as const;

/** A split that takes what `script` moves. */
function defineSplit(name: string, script: string) {
  return definePipeline({
    needs: ["busybox"],
    inputs: packageInput,
    runs: (inputs) => prepare(name, inputs.package) + script,
  });
}

export const splitManpages = defineSplit(
  "split/manpages",
  sh`
    move usr/share/man usr/local/share/man usr/man
  `,
);

export const splitInfodir = defineSplit(
  "split/infodir",
  sh`
    # The directory of all info pages belongs to no package.
    rm -f usr/share/info/dir
    move usr/share/info
  `,
);

export const splitLocales = defineSplit(
  "split/locales",
  sh`
    move usr/share/locale usr/lib/locale
  `,
);

export const splitAlldocs = defineSplit(
  "split/alldocs",
  sh`
    rm -f usr/share/info/dir
    move usr/share/doc usr/share/man usr/share/info usr/share/gtk-doc usr/local/share/man
  `,
);

export const splitStatic = defineSplit(
  "split/static",
  sh`
    move_found . \( -type f -o -type l \) -name '*.a'
  `,
);

export const splitBin = definePipeline({
  needs: ["busybox"],
  inputs: packageInput,
  runs: (inputs) =>
    // foo-bin takes from foo where the file has such a package.
    sh`
    package="${inputs.package}"
    name="${variable("context.name")}"
    if [ -z "$package" ] && [ -d "${variable("targets.outdir")}/\${name%-bin}" ]; then package="\${name%-bin}"; fi
  ` +
    prepare("split/bin", "$package") +
    sh`
    move bin sbin usr/bin usr/sbin
  `,
});

export const splitDev = definePipeline({
  needs: ["busybox"],
  inputs: { ...packageInput, prefix: { about: "the prefix the package was installed with", default: "/usr" } },
  runs: (inputs) =>
    prepare("split/dev", inputs.package) +
    sh`
    prefix=$(echo "${inputs.prefix}" | sed 's|^/*||; s|/*$||')
    prefix="\${prefix:-.}"
    for dir in include lib/pkgconfig lib/cmake lib/glade/modules lib/gir-1.0 \
      share/aclocal share/cmake share/gettext share/gir-1.0 share/pkgconfig share/vala; do
      move "$prefix/$dir"
    done
    for dir in "$prefix"/lib/qt*/mkspecs "$prefix"/share/qt*/mkspecs; do move "$dir"; done
    if [ -d "$prefix/bin" ]; then move_found "$prefix/bin" -name '*-config'; fi
    for dir in lib "$prefix/lib"; do
      [ -d "$dir" ] || continue
      move_found "$dir" -type f \( -name '*.a' -o -name '*.o' -o -name '*.prl' \)
      # The link without a version is for the linker; a library without one is for programs.
      move_found "$dir" -maxdepth 1 -type l -name '*.so'
    done
  `,
});

export const splitLib = definePipeline({
  needs: ["busybox"],
  inputs: {
    ...packageInput,
    patterns: { about: "file names to take, with blanks between", default: "*.so.*" },
    paths: { about: "folders to look in, with blanks between", default: "lib usr/lib" },
  },
  runs: (inputs) =>
    prepare("split/lib", inputs.package) +
    sh`
    list=$(cat <<'END_OF_LISTS'
    ${inputs.patterns}
    END_OF_LISTS
    )
    set -f
    for dir in $(echo "${inputs.paths}"); do
      dir=$(echo "$dir" | sed 's|^/*||')
      [ -d "$dir" ] || continue
      for pattern in $list; do
        move_found "$dir" -maxdepth 1 \( -type f -o -type l \) -name "$pattern"
      done
    done
  `,
});

export const splitDebug = definePipeline({
  needs: ["binutils", "busybox", "scanelf"],
  inputs: packageInput,
  runs: (inputs) =>
    prepare("split/debug", inputs.package) +
    sh`
    list=$(mktemp)
    scanelf --recursive --nobanner --nosymlink --etype ET_DYN,ET_EXEC --format '%F' . > "$list"
    while read -r path; do
      path="\${path#./}"
      case "$path" in usr/lib/debug/*) continue ;; esac
      symbols="$to/usr/lib/debug/$path.debug"
      mkdir -p "$(dirname "$symbols")"
      mode=$(stat -c %a "$path")
      objcopy --only-keep-debug "$path" "$symbols"
      objcopy --strip-debug --add-gnu-debuglink="$symbols" "$path"
      chmod "$mode" "$path"
      chmod 644 "$symbols"
    done < "$list"
    rm -f "$list"
    move usr/lib/debug
  `,
});
