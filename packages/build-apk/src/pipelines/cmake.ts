import { definePipeline, sh, variable } from "./define.ts";

/** `cmake/*` and `meson/*`: configure, build and install out of the source folder. */

const outputDir = { about: "the folder of the build", default: "output" } as const;
const opts = { about: "more options" } as const;

export const cmakeConfigure = definePipeline({
  needs: ["cmake", "ninja"],
  inputs: { "output-dir": outputDir, opts },
  runs: (inputs) => sh`
    cmake -B "${inputs["output-dir"]}" -G Ninja \
      -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_INSTALL_PREFIX=/usr \
      -DCMAKE_INSTALL_LIBDIR=lib \
      ${inputs.opts}
  `,
});

export const cmakeBuild = definePipeline({
  needs: ["cmake", "ninja"],
  inputs: { "output-dir": outputDir, opts },
  runs: (inputs) => sh`
    cmake --build "${inputs["output-dir"]}" --verbose ${inputs.opts}
  `,
});

export const cmakeInstall = definePipeline({
  needs: ["cmake", "ninja"],
  inputs: { "output-dir": outputDir },
  runs: (inputs) => sh`
    DESTDIR="${variable("targets.contextdir")}" cmake --install "${inputs["output-dir"]}"
  `,
});

export const mesonConfigure = definePipeline({
  needs: ["meson"],
  inputs: { "output-dir": outputDir, opts },
  runs: (inputs) => sh`
    meson setup "${inputs["output-dir"]}" --prefix=/usr --wrap-mode=nodownload ${inputs.opts}
  `,
});

export const mesonCompile = definePipeline({
  needs: ["meson"],
  inputs: { "output-dir": outputDir },
  runs: (inputs) => sh`
    meson compile -C "${inputs["output-dir"]}"
  `,
});

export const mesonInstall = definePipeline({
  needs: ["meson"],
  inputs: { "output-dir": outputDir },
  runs: (inputs) => sh`
    DESTDIR="${variable("targets.contextdir")}" meson install -C "${inputs["output-dir"]}" --no-rebuild
  `,
});
