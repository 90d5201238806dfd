import { floors } from "./scripts/floors.js";

const folder = (name) => `^packages/${name}/`;

/** One rule for each package: nothing on its own floor or above may be imported. */
const upward = Object.entries(floors).map(([name, floor]) => ({
  name: `floor-of-${name}`,
  comment: `${name} stands on floor ${floor} and may import only from lower floors`,
  severity: "error",
  // Integration tests may start the services of dev-services against a package of any floor.
  from: { path: folder(name), pathNot: "\\.[if]test\\.ts$|/testing/" },
  to: {
    path: [
      ...Object.entries(floors)
        .filter(([other, at]) => other !== name && at >= floor)
        .map(([other]) => folder(other)),
      "^action-",
      "^actions/",
    ],
  },
}));

export default {
  forbidden: [
    ...upward,
    {
      name: "through-the-index",
      comment: "another package is reached through its index.ts only",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/([^/]+)/src/", pathNot: ["^packages/$1/", "^packages/[^/]+/src/index\\.ts$"] },
    },
    {
      name: "through-the-index-from-outside",
      comment: "actions reach packages through their index.ts only",
      severity: "error",
      from: { path: "^(action-|actions/)" },
      to: { path: "^packages/[^/]+/src/", pathNot: "^packages/[^/]+/src/index\\.ts$" },
    },
    {
      name: "no-cycles",
      comment: "no file imports one that leads back to it, not even for types: each can be read after those below it",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "tests-stay-tests",
      comment: "shipped code does not import tests or test fixtures",
      severity: "error",
      from: { path: "^(packages|action)", pathNot: "\\.[if]?test\\.ts$|/testing/" },
      to: { path: "\\.[if]?test\\.ts$|/testing/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules|/dist/" },
    exclude: { path: "/dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".mjs"],
    },
  },
};
