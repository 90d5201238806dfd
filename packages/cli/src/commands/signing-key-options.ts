import { ApkError, loadSigningKey, type SigningKey } from "@apkmill/apk";
import { readFileWithin, type Ports } from "@apkmill/core";
import type { OptionTable } from "../arguments.ts";
import { CliError } from "../cli-error.ts";

/** Options of the commands that sign packages and indexes. The value of a key or passphrase never stands on a command line. */
export const signingKeyOptions = {
  "signing-key": {
    kind: "list",
    verbatim: true,
    value: "KEY",
    help: "private key: a file, or env:NAME for the variable that holds it",
  },
  "signing-key-name": {
    kind: "list",
    value: "NAME",
    help: "file name of the public half of each key, as signatures carry it (default: the key's file name and .pub)",
  },
  "passphrase-file": { kind: "text", value: "FILE", help: "file with the passphrase of encrypted keys" },
} as const satisfies OptionTable;

interface SigningKeyValues {
  readonly "signing-key": readonly string[];
  readonly "signing-key-name": readonly string[];
  readonly "passphrase-file": string | undefined;
}

/**
 * The keys that the options name; where they name none, the file `standard`, if that is given.
 * A variable that held a key is taken out of the environment, so that no program started from here inherits it.
 * @throws CliError CLI_BAD_VALUE, CLI_USAGE · ApkError KEY_FORMAT, KEY_MISSING
 */
export async function loadOptionKeys(
  ports: Pick<Ports, "env">,
  options: SigningKeyValues,
  standard?: string,
): Promise<SigningKey[]> {
  const given = options["signing-key"];
  const keys = given.length === 0 && standard !== undefined ? [standard] : given;
  const names = options["signing-key-name"];
  if (names.length > 0 && names.length !== keys.length) {
    throw new CliError("CLI_USAGE", `--signing-key-name: expected ${keys.length} names, found ${names.length}`, {
      hint: "give one name for each signing key, in their order",
    });
  }
  const sources = keys.map((key) => readSource(key, ports.env));
  const passphrase = await readPassphrase(options["passphrase-file"]);
  return Promise.all(
    sources.map((source, index) => {
      const name = names[index] === undefined ? undefined : publicName(names[index]);
      return loadSigningKey(source, {
        ...(name === undefined ? {} : { name }),
        ...(passphrase === undefined ? {} : { passphrase }),
      });
    }),
  );
}

/** The only key of a command that signs with one. @throws as {@link loadOptionKeys} */
export async function loadOptionKey(
  ports: Pick<Ports, "env">,
  options: SigningKeyValues,
): Promise<SigningKey | undefined> {
  const [key, ...more] = await loadOptionKeys(ports, options);
  if (more.length === 0) return key;
  throw new CliError("CLI_USAGE", "--signing-key: this command signs with one key", {
    hint: "add the signatures of others with: apkmill apk sign --keep-signatures",
  });
}

/** A path, or the PEM that a variable holds. */
function readSource(key: string, env: Readonly<Record<string, string | undefined>>): string {
  if (key.includes("-----BEGIN")) {
    throw new CliError(
      "CLI_BAD_VALUE",
      "--signing-key: the key itself stands on the command line, where others see it",
      {
        hint: "put it into a file or a variable, make a new one if others had access, and name the place: FILE or env:NAME",
      },
    );
  }
  if (!key.startsWith("env:")) return key;
  const name = key.slice("env:".length);
  const pem = env[name] ?? "";
  Reflect.deleteProperty(process.env, name);
  if (pem.includes("-----BEGIN")) return pem;
  throw pem.trim() === ""
    ? new ApkError("KEY_MISSING", `there is no signing key in the environment variable ${name}`, {
        hint: "set the variable to the private key in PEM",
      })
    : new ApkError("KEY_FORMAT", `the environment variable ${name} does not hold a private key in PEM`, {
        hint: "set the variable to the text of the key file, not to its path",
      });
}

/** Signatures carry the name of the public half. */
function publicName(name: string): string {
  return name.endsWith(".pub") ? name : `${name}.pub`;
}

const maxPassphraseBytes = 64 * 1024;

/** The first and only line of a file; the line break that editors put behind it is not part of it. @throws CliError CLI_BAD_VALUE */
export async function readPassphrase(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = (await readFileWithin(path, maxPassphraseBytes)).toString("utf8").replace(/\r?\n$/, "");
  if (text !== "" && !/[\r\n]/.test(text)) return text;
  throw new CliError("CLI_BAD_VALUE", `--passphrase-file: expected one line in ${path}`, {
    hint: "write the passphrase alone into the file",
  });
}
