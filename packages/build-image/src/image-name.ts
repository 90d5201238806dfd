import { isTag } from "@apkmill/oci";
import { ImageError } from "./image-error.ts";

/** The name that a user gives an image: `hello`, `hello:1.2`, `ghcr.io/acme/hello:1.2`. */
export interface ImageName {
  /** As given, without its tag; "" when none was given. */
  readonly name: string;
  /** `latest` unless another one was given. */
  readonly tag: string;
}

/** Text → name. @throws ImageError IMAGE_SYNTAX for what docker and layouts cannot use as one */
export function parseImageName(text: string): ImageName {
  const colon = text.indexOf(":", text.lastIndexOf("/") + 1);
  const name = colon < 0 ? text : text.slice(0, colon);
  const tag = colon < 0 ? "latest" : text.slice(colon + 1);
  if (text === "" || (isTag(tag) && /^[a-z0-9][a-z0-9._-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)*$/.test(name)))
    return { name, tag };
  throw new ImageError("IMAGE_SYNTAX", `${JSON.stringify(text.slice(0, 200))} is not the name of an image`, {
    hint: "write it as name:tag, the name in lower case",
  });
}

/** The last part of the name, or of the configuration's file name: what SBOMs call the image. */
export function shortName({ name }: ImageName, configPath: string): string {
  const file = configPath.replace(/^.*\//, "").replace(/(\.apko)?\.ya?ml$/, "");
  return name === "" ? file : name.replace(/^.*\//, "");
}

/** The whole name as containerd wants it: Docker's registry and its `library/` are left out by users. */
export function qualifiedName({ name, tag }: ImageName): string {
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = name.includes("/") ? name : `library/${name}`;
  return `${hasRegistry ? name : `docker.io/${path}`}:${tag}`;
}
