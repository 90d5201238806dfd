import { drawImage } from "@apkmill/build-image";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { imageOptions, imageOptionsOf } from "./image-options.ts";

export const imageDot = defineCommand({
  summary: "Draws what the packages of an image need of each other, for graphviz; the first architecture only.",
  positionals: "CONFIG",
  arity: [1, 1],
  example: "apkmill image dot --arch x86_64 apko.yaml | dot -Tsvg > packages.svg",
  options: {
    ...imageOptions,
    "spanning-tree": { kind: "flag", short: "S", help: "draw only the first line to each package" },
    "registry-explorer": {
      kind: "text",
      short: "e",
      value: "HOST",
      help: "link each package to the page that this site has about it",
    },
    web: { kind: "flag", help: "not supported: nothing here serves web pages" },
  },
  async run(ports, { options, positionals: [configPath = ""] }) {
    if (options.web) throw webRefused();
    const drawn = await drawImage(ports, imageOptionsOf(configPath, options), {
      isSpanning: options["spanning-tree"],
      explorer: options["registry-explorer"],
    });
    if (!drawn.isResolved) ports.log.error(`${configPath}: no set of packages satisfies it; the graph says why`);
    return { json: drawn, text: drawn.graph };
  },
});

function webRefused(): CliError {
  return new CliError("CLI_USAGE", "image dot --web is not supported: it would serve a page and open a browser", {
    hint: "pipe the graph to `dot -Tsvg`, and open the file",
  });
}
