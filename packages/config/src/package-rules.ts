import { key } from "./collections.ts";
import { literalText, type Complaint } from "./scalars.ts";

/** What values of a package configuration must look like. Source: reference melange §1.3. */

/** Complains about a package name that apk could not carry. */
export function complainAboutName(name: string): Complaint | undefined {
  if (/^[a-zA-Z\d][a-zA-Z\d+_.-]*$/.test(name)) return undefined;
  return {
    message: `\`${name}\` is no package name`,
    hint: "begin with a letter or digit and go on with those and `+`, `_`, `.`, `-`",
  };
}

/** Complains about a priority that is no whole number; it is text in the file. */
export function complainAboutPriority(priority: string): Complaint | undefined {
  if (priority === "" || /^[-+]?\d{1,18}$/.test(priority)) return undefined;
  return { message: `the priority \`${priority}\` is no whole number`, hint: "write a number such as 10" };
}

/** What a package may give its files; the others would make it a way to root. */
const capabilities = ["cap_net_bind_service", "cap_net_admin", "cap_net_raw", "cap_ipc_lock", "cap_sys_admin"];

/** Complains about the `add` mapping of a `setcap` entry: lists of capabilities to flags. */
export function complainAboutCapabilities(add: Readonly<Record<string, string>>): Complaint | undefined {
  for (const [names, flags] of Object.entries(add)) {
    const unknown = names.split(",").find((name) => !capabilities.includes(name));
    if (unknown !== undefined)
      return { message: `capability \`${unknown}\` may not be set`, hint: `use ${capabilities.join(", ")}` };
    if (!/[eip]/.test(flags))
      return {
        message: `the flags \`${flags}\` of ${names} set nothing`,
        hint: "write `e`, `i`, `p` or several of them, as in `+ep`",
      };
  }
  return undefined;
}

/** The keys of `cpe`. */
export const cpeFields = {
  part: key("part", literalText),
  vendor: key("vendor", literalText),
  product: key("product", literalText),
  edition: key("edition", literalText),
  language: key("language", literalText),
  sw_edition: key("sw_edition", literalText),
  target_sw: key("target_sw", literalText),
  target_hw: key("target_hw", literalText),
  other: key("other", literalText),
};

/** Complains about a `cpe`, given without its empty fields. */
export function complainAboutCpe(cpe: Readonly<Record<string, string>>): Complaint | undefined {
  if (cpe["part"] !== undefined && !["a", "o"].includes(cpe["part"])) {
    return {
      message: `the CPE part is \`${cpe["part"]}\``,
      hint: "write `a` for an application or `o` for an operating system",
    };
  }
  if ((cpe["vendor"] === undefined) !== (cpe["product"] === undefined)) {
    return { message: "a CPE needs both vendor and product", hint: "add the other one" };
  }
  const wrong = Object.entries(cpe).find(([, value]) => !/^[a-z\d][a-z\d+_.-]*$/.test(value));
  if (wrong === undefined) return undefined;
  return {
    message: `the CPE field ${wrong[0]} is \`${wrong[1]}\``,
    hint: "use small letters, digits and `+`, `_`, `.`, `-`",
  };
}
