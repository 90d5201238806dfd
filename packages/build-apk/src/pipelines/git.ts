import { definePipeline, sh } from "./define.ts";

/** `git-checkout`: sources at one commit, and `git-am`: patches as commits. */

export const gitCheckout = definePipeline({
  needs: ["git"],
  inputs: {
    repository: { about: "the repository to clone", required: true },
    destination: { about: "the folder for the sources", default: "." },
    depth: {
      about: "how many commits to fetch, -1 for all; unset: 1, or all for a branch with expected-commit",
      default: "unset",
    },
    branch: { about: "the branch to check out; not together with tag" },
    tag: { about: "the tag to check out; not together with branch" },
    "expected-commit": { about: "the commit that must be found there" },
    "expected-commit-is-branch-tip": { about: "whether the branch must end at that commit", default: "false" },
    "recurse-submodules": { about: "whether to fetch submodules", default: "false" },
    "shallow-submodules": { about: "whether to fetch one commit of each submodule", default: "false" },
    "submodule-jobs": { about: "how many submodules to fetch at a time", default: "1" },
    "cherry-picks": { about: "commits to apply, one a line: [branch/]commit: comment" },
    "type-hint": { about: "the kind of host, for the SBOM" },
    "sparse-paths": { about: "the folders to check out, one a line; all when empty" },
    "max-retries": { about: "how often to try to clone", default: "3" },
    "initial-backoff": { about: "seconds to wait before the second try", default: "2" },
    "max-backoff": { about: "the longest wait in seconds", default: "60" },
    reason: { about: "why the sources are needed, for readers" },
  },
  runs: (inputs) => sh`
    repository="${inputs.repository}"
    destination="${inputs.destination}"
    branch="${inputs.branch}"
    tag="${inputs.tag}"
    commit=$(echo "${inputs["expected-commit"]}" | tr A-F a-f)
    depth="${inputs.depth}"
    say() { echo "git-checkout: $*" >&2; }
    fail() { say "$@"; exit 1; }

    [ -z "$branch" ] || [ -z "$tag" ] || fail "both branch $branch and tag $tag are given: keep one"
    [ -n "$commit" ] || say "warning: no expected-commit for $repository"
    if [ "$depth" = unset ]; then
      depth=1
      if [ -n "$branch" ] && [ -n "$commit" ]; then depth=-1; fi
    fi

    clone=$(mktemp -d)
    trap 'rm -rf "$clone"' EXIT
    sparse=$(cat <<'END_OF_SPARSE_PATHS'
    ${inputs["sparse-paths"]}
    END_OF_SPARSE_PATHS
    )

    set -- --quiet --config advice.detachedHead=false
    [ -z "$branch$tag" ] || set -- "$@" --branch "$branch$tag"
    [ "$depth" = -1 ] || set -- "$@" --depth "$depth"
    [ -z "$sparse" ] || set -- "$@" --sparse
    if [ "${inputs["recurse-submodules"]}" = true ]; then
      set -- "$@" --recurse-submodules --jobs "${inputs["submodule-jobs"]}"
      [ "${inputs["shallow-submodules"]}" != true ] || set -- "$@" --shallow-submodules
    fi

    attempt=1
    wait="${inputs["initial-backoff"]}"
    until git clone "$@" "$repository" "$clone/tree"; do
      rm -rf "$clone/tree"
      [ "$attempt" -lt "${inputs["max-retries"]}" ] || fail "cannot clone $repository in $attempt attempts"
      say "attempt $attempt failed, trying again in $wait seconds"
      sleep "$wait"
      attempt=$((attempt + 1))
      wait=$((wait * 2))
      [ "$wait" -le "${inputs["max-backoff"]}" ] || wait="${inputs["max-backoff"]}"
    done
    cd "$clone/tree"
    if [ -n "$sparse" ]; then
      # One folder a line; the blanks around it do not count.
      echo "$sparse" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d' | git sparse-checkout set --stdin
    fi

    head=$(git rev-parse HEAD)
    if [ -n "$commit" ] && [ "$head" != "$commit" ]; then
      if [ -n "$tag" ]; then
        # An annotated tag has an identity of its own.
        [ "$(git rev-parse "refs/tags/$tag")" = "$commit" ] || fail "tag $tag of $repository is at $head, not at $commit"
        say "warning: expected-commit $commit is the tag $tag itself; its commit is $head"
      elif [ -n "$branch" ]; then
        [ "${inputs["expected-commit-is-branch-tip"]}" != true ] || fail "branch $branch of $repository ends at $head, not at $commit"
        git merge-base --is-ancestor "$commit" HEAD || fail "commit $commit is not on branch $branch of $repository"
        git reset --quiet --hard "$commit"
      else
        git fetch --quiet --depth 1 origin "$commit" || fail "cannot find commit $commit in $repository"
        git checkout --quiet "$commit"
      fi
      if [ "${inputs["recurse-submodules"]}" = true ]; then git submodule --quiet update --init --recursive; fi
    fi

    # The same picks give the same commits: neither who builds nor when may show.
    export GIT_COMMITTER_NAME=apkmill GIT_COMMITTER_EMAIL=apkmill@localhost GIT_COMMITTER_DATE="@0 +0000"
    cat > "$clone/picks" <<'END_OF_CHERRY_PICKS'
    ${inputs["cherry-picks"]}
    END_OF_CHERRY_PICKS
    while read -r line; do
      line=$(echo "$line" | sed 's/#.*//; s/^[[:space:]]*//; s/[[:space:]]*$//')
      [ -n "$line" ] || continue
      pick=$(echo "$line" | sed 's/:.*//; s/[[:space:]]*$//')
      comment=$(echo "$line" | sed 's/^[^:]*:*[[:space:]]*//')
      [ -n "$comment" ] || fail "cherry pick $pick has no comment: write \"commit: why\""
      from=$(dirname "$pick")
      pick=$(basename "$pick")
      if [ "$from" = . ]; then
        git cat-file -e "$pick^{commit}" 2>/dev/null || git fetch --quiet --depth 2 origin "$pick"
      else
        git fetch --quiet origin "$from"
      fi
      say "cherry pick $pick: $comment"
      git cherry-pick -x "$pick" || fail "cannot apply cherry pick $pick"
    done < "$clone/picks"

    cd - > /dev/null
    mkdir -p "$destination"
    tar -c -f - -C "$clone/tree" . | tar -x -f - -C "$destination" --no-same-owner
    git config --global --add safe.directory "$(cd "$destination" && pwd)"
  `,
});

export const gitAm = definePipeline({
  needs: ["git"],
  inputs: { patches: { about: "mailbox patches to apply in order, with blanks between", required: true } },
  runs: (inputs) => sh`
    export GIT_COMMITTER_NAME=apkmill GIT_COMMITTER_EMAIL=apkmill@localhost GIT_COMMITTER_DATE="@0 +0000"
    for patch in ${inputs.patches}; do
      git am "$patch" || { echo "git-am: cannot apply $patch" >&2; exit 1; }
    done
  `,
});
