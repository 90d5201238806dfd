import { definePipeline, sh, variable } from "./define.ts";

/** `autoconf/*`: configure, make, make install. */

const dir = { about: "the folder to work in", default: "." } as const;

export const configure = definePipeline({
  needs: ["autoconf", "automake", "libtool"],
  inputs: {
    dir,
    host: { about: "the triplet of the machine that will run it", default: "${{host.triplet.gnu}}" },
    build: { about: "the triplet of the machine that builds it", default: "${{host.triplet.gnu}}" },
    opts: { about: "more options" },
  },
  runs: (inputs) => sh`
    cd "${inputs.dir}"
    [ -f configure ] || autoreconf --force --install --verbose
    ./configure \
      --host="${inputs.host}" \
      --build="${inputs.build}" \
      --prefix=/usr \
      --sysconfdir=/etc \
      --libdir=/usr/lib \
      --mandir=/usr/share/man \
      --infodir=/usr/share/info \
      --localstatedir=/var \
      ${inputs.opts}
  `,
});

export const make = definePipeline({
  needs: ["make"],
  inputs: { dir, opts: { about: "options and variables of make" }, targets: { about: "what to make" } },
  runs: (inputs) => sh`
    make -C "${inputs.dir}" -j"$(nproc)" V=1 ${inputs.opts} ${inputs.targets}
  `,
});

export const makeInstall = definePipeline({
  needs: ["make"],
  inputs: {
    dir,
    opts: { about: "options and variables of make" },
    targets: { about: "what to make", default: "install" },
  },
  runs: (inputs) => sh`
    destination="${variable("targets.contextdir")}"
    make -C "${inputs.dir}" DESTDIR="$destination" V=1 ${inputs.opts} ${inputs.targets}
    # libtool's files name folders of the build and are of no use to a package.
    if [ -d "$destination" ]; then find "$destination" -name '*.la' \( -type f -o -type l \) -exec rm -f {} +; fi
  `,
});
