import { definePipeline, sh } from "./define.ts";

/** `fetch`: a file from the network, verified, and unpacked. */
export const fetch = definePipeline({
  needs: ["wget"],
  inputs: {
    uri: { about: "what to fetch", required: true },
    "expected-sha256": { about: "the SHA-256 it must have" },
    "expected-sha512": { about: "the SHA-512 it must have" },
    "expected-none": { about: "set to say that no checksum is known" },
    extract: { about: "whether it is an archive to unpack", default: "true" },
    "strip-components": { about: "leading path components to drop when unpacking", default: "1" },
    directory: { about: "where to unpack", default: "." },
    delete: { about: "whether to delete the archive when it is unpacked", default: "false" },
    timeout: { about: "seconds to wait for a connection or data", default: "5" },
    "dns-timeout": { about: "seconds to wait for a name to resolve", default: "20" },
    "retry-limit": { about: "how often to try", default: "5" },
    "purl-name": { about: "the source's name in the SBOM", default: "${{package.name}}" },
    "purl-version": { about: "the source's version in the SBOM", default: "${{package.version}}" },
    reason: { about: "why the file is needed, for readers" },
  },
  runs: (inputs) => sh`
    uri="${inputs.uri}"
    sha256="${inputs["expected-sha256"]}"
    sha512="${inputs["expected-sha512"]}"
    fail() { echo "fetch: $*" >&2; exit 1; }

    if [ -z "${inputs["expected-none"]}$sha256$sha512" ]; then
      fail "no checksum for $uri: set expected-sha256, expected-sha512 or expected-none"
    fi

    name=$(basename "$uri")
    cache=/var/cache/melange
    if [ -n "$sha256" ] && [ -f "$cache/sha256:$sha256" ]; then
      cp "$cache/sha256:$sha256" "$name"
    elif [ -n "$sha512" ] && [ -f "$cache/sha512:$sha512" ]; then
      cp "$cache/sha512:$sha512" "$name"
    else
      set -- -T "${inputs.timeout}" -O "$name"
      # busybox's wget knows the two options above only.
      if wget --version 2>/dev/null | grep -q GNU; then
        set -- "$@" --no-verbose --dns-timeout="${inputs["dns-timeout"]}" --tries=1
      fi
      attempt=1
      until wget "$@" "$uri"; do
        [ "$attempt" -lt "${inputs["retry-limit"]}" ] || fail "cannot fetch $uri in $attempt attempts"
        echo "fetch: attempt $attempt failed, trying again" >&2
        sleep "$attempt"
        attempt=$((attempt + 1))
      done
    fi

    verify() {
      [ -n "$2" ] || return 0
      found=$("$1" "$name" | cut -d ' ' -f 1)
      wanted=$(echo "$2" | tr A-F a-f)
      [ "$found" = "$wanted" ] || fail "$uri has the wrong $1: expected $wanted, found $found"
    }
    verify sha256sum "$sha256"
    verify sha512sum "$sha512"

    if [ "${inputs.extract}" = true ]; then
      mkdir -p "${inputs.directory}"
      tar -x -f "$name" -C "${inputs.directory}" --strip-components="${inputs["strip-components"]}" --no-same-owner
      if [ "${inputs.delete}" = true ]; then rm -f "$name"; fi
    fi
  `,
});
