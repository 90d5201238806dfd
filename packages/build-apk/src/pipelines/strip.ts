import { definePipeline, sh, variable } from "./define.ts";

/** `strip`: debug information out of the programs and libraries of this machine's kind. */
export const strip = definePipeline({
  needs: ["binutils", "scanelf"],
  inputs: { opts: { about: "options of strip", default: "-g" } },
  runs: (inputs) => sh`
    dir="${variable("targets.contextdir")}"
    [ -d "$dir" ] || exit 0
    # Firmware and cross libraries are for others: strip would not know them.
    case "${variable("build.arch")}" in
      x86_64) machine=EM_X86_64 ;;
      x86) machine=EM_386 ;;
      aarch64) machine=EM_AARCH64 ;;
      armhf|armv7) machine=EM_ARM ;;
      ppc64le) machine=EM_PPC64 ;;
      riscv64) machine=EM_RISCV ;;
      s390x) machine=EM_S390 ;;
      loongarch64) machine=EM_LOONGARCH ;;
    esac
    scanelf --recursive --nobanner --nosymlink --etype ET_DYN,ET_EXEC --format '%a %F' "$dir" | while read -r kind file; do
      [ "$kind" = "$machine" ] || continue
      echo "strip ${inputs.opts} $file"
      strip ${inputs.opts} "$file"
    done
  `,
});
