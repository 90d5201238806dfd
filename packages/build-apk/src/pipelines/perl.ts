import { definePipeline, sh, variable } from "./define.ts";

/** `perl/*`, `R/build` and `pecl/*`: modules of interpreters. */

export const perlMake = definePipeline({
  needs: ["busybox", "perl"],
  inputs: {},
  runs: () => sh`
    if [ -f Makefile.PL ]; then
      PERL_MM_USE_DEFAULT=1 perl Makefile.PL INSTALLDIRS=vendor
    else
      echo "perl/make: there is no Makefile.PL in $(pwd)" >&2
      exit 1
    fi
  `,
});

export const perlCleanup = definePipeline({
  needs: ["busybox"],
  inputs: {},
  runs: () => sh`
    # Both record when and where the build ran.
    find "${variable("targets.contextdir")}" -type f \( -name perllocal.pod -o -name .packlist \) -exec rm -f {} +
  `,
});

export const rBuild = definePipeline({
  needs: ["R", "R-dev", "R-doc", "busybox"],
  inputs: {
    package: { about: "the name of the R package", required: true },
    version: { about: "its version", required: true },
    path: { about: "its sources", default: "." },
  },
  runs: (inputs) => sh`
    library="${variable("targets.contextdir")}/usr/lib/R/library"
    mkdir -p "$library"
    R CMD build --no-build-vignettes "${inputs.path}"
    R CMD INSTALL --library="$library" "${inputs.package}_${inputs.version}.tar.gz"
  `,
});

export const peclPhpize = definePipeline({
  needs: ["autoconf", "busybox"],
  inputs: {
    "php-config": { about: "the php-config to use", default: "php-config" },
    prefix: { about: "the prefix to configure with", default: "/usr" },
  },
  runs: (inputs) => sh`
    phpize
    ./configure --prefix="${inputs.prefix}" --with-php-config="${inputs["php-config"]}"
  `,
});

export const peclInstall = definePipeline({
  needs: ["automake", "busybox"],
  inputs: { extension: { about: "the name of the extension", required: true } },
  runs: (inputs) => sh`
    destination="${variable("targets.contextdir")}"
    make INSTALL_ROOT="$destination" install
    mkdir -p "$destination/etc/php/conf.d"
    echo "extension=${inputs.extension}.so" > "$destination/etc/php/conf.d/${inputs.extension}.ini"
  `,
});
