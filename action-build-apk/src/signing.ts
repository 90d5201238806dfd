import { createHash, createPublicKey, generateKeyPair } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { ActionError, choiceInput, notice, requiredInput } from "@apkmill/action-kit";
import { loadSigningKey, type SigningKey } from "@apkmill/apk";
import { writeFileAside } from "@apkmill/core";

/**
 * The key that signs, in the memory of this process only: neither a file nor the environment of a child ever holds it, and build
 * scripts run in a sandbox whose environment is made from nothing.
 */

/** What `sign` asks for: the key of the input (empty: none was given), a key made for this run, or none. @throws ActionError ACTION_INPUT · ApkError KEY_FORMAT */
export async function chooseKey(pem: string): Promise<SigningKey | undefined> {
  const sign = choiceInput("sign", ["auto", "ephemeral", "key", "none"]);
  if (sign === "key" && pem === "") throw noKey();
  if (sign === "none") return undefined;
  if (sign === "ephemeral" || pem === "") return ephemeralKey();
  return loadSigningKey(pem, { name: publicName(requiredInput("signing-key-name")) });
}

/**
 * A key that is forgotten when the step ends. Its name holds its fingerprint, so that nobody takes it for the real one and two runs
 * do not share a name.
 */
async function ephemeralKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 3072 });
  const fingerprint = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
  const name = publicName(`ephemeral-${fingerprint.slice(0, 8)}.rsa`);
  notice(`The packages are signed with an ephemeral key, whose public half is ${name}.`);
  return { name, key: privateKey };
}

/** Signatures carry the file name of the public half. */
function publicName(name: string): string {
  if (/^[\w@.+-]+$/.test(name) && !name.startsWith(".")) return `${name.replace(/\.pub$/, "")}.pub`;
  throw new ActionError("ACTION_INPUT", `input signing-key-name: not a file name: ${JSON.stringify(name)}`, {
    hint: "use letters, digits, dots and hyphens, such as acme.rsa",
  });
}

/** Writes the public half beside the packages, where whoever gets the repository finds it; returns its path. */
export async function writePublicKey({ name, key }: SigningKey, folder: string): Promise<string> {
  const path = join(folder, name);
  await writeFileAside(path, createPublicKey(key).export({ type: "spki", format: "pem" }));
  return path;
}

function noKey(): ActionError {
  return new ActionError("ACTION_INPUT", "input sign is key, and signing-key is empty", {
    hint: "pass a secret as signing-key; a pull request from a fork has none, where sign: auto makes an ephemeral key",
  });
}
