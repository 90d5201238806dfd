import { definePipeline, sh, variable } from "./define.ts";

/** `python/*`: build, install and try Python packages. */

export const pythonBuild = definePipeline({
  needs: ["busybox", "python3"],
  inputs: {},
  runs: () => sh`
    python3 setup.py build
  `,
});

export const pythonInstall = definePipeline({
  needs: ["busybox", "python3"],
  inputs: {},
  runs: () => sh`
    python3 setup.py install --prefix=/usr --root="${variable("targets.contextdir")}"
  `,
});

export const pythonBuildWheel = definePipeline({
  needs: ["busybox", "py3-build", "py3-installer", "python3"],
  inputs: {},
  runs: () => sh`
    python3 -m build --wheel --no-isolation --outdir dist
    python3 -m installer --destdir "${variable("targets.contextdir")}" --prefix /usr dist/*.whl
  `,
});

export const pythonTest = definePipeline({
  needs: ["busybox", "python3"],
  inputs: { command: { about: "the command to run", required: true } },
  runs: (inputs) => sh`
    ${inputs.command}
  `,
});

export const pythonImport = definePipeline({
  needs: ["wolfi-base"],
  inputs: {
    python: { about: "the interpreter; DEFAULT is the only one there is", default: "DEFAULT" },
    imports: { about: "import statements, one a line; # begins a comment" },
    import: { about: "one module to import" },
    from: { about: "the module to import it from" },
    venv: { about: "a virtual environment whose interpreter to use" },
  },
  runs: (inputs) => sh`
    fail() { echo "python/import: $*" >&2; exit 1; }
    python="${inputs.python}"
    if [ -n "${inputs.venv}" ]; then
      python="${inputs.venv}/bin/python3"
    elif [ "$python" = DEFAULT ]; then
      python=$(command -v python3 || true)
      if [ -z "$python" ]; then
        set -- /usr/bin/python3.[0-9] /usr/bin/python3.[0-9][0-9]
        for candidate in "$@"; do
          [ -x "$candidate" ] || continue
          [ -z "$python" ] || fail "both $python and $candidate are there: set python"
          python="$candidate"
        done
      fi
    fi
    command -v "$python" > /dev/null || fail "there is no python to run"

    statements=$(mktemp)
    cat > "$statements" <<'END_OF_IMPORTS'
    ${inputs.imports}
    END_OF_IMPORTS
    if [ -n "${inputs.from}" ]; then
      echo "from ${inputs.from} import ${inputs.import}" >> "$statements"
    elif [ -n "${inputs.import}" ]; then
      echo "import ${inputs.import}" >> "$statements"
    fi

    tried=0
    while read -r statement; do
      statement=$(echo "$statement" | sed 's/#.*//; s/[[:space:]]*$//')
      [ -n "$statement" ] || continue
      tried=$((tried + 1))
      "$python" -c "$statement" < /dev/null || fail "failed: $statement"
      echo "python/import: ok: $statement"
    done < "$statements"
    rm -f "$statements"
    [ "$tried" -gt 0 ] || fail "nothing to import: set imports"
  `,
});
