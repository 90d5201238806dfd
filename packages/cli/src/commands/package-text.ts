import type { PackageDescription } from "@apkmill/apk";

/** A package as a person reads it: one line that names it, then a line for each thing that it says. */
export function packageText(file: string, described: PackageDescription, withFiles: boolean): string {
  const { control, format } = described;
  const rows = [...controlRows(described), ...contentRows(described)].filter(([, value]) => value !== "");
  return [
    `${file}: ${control.name} ${control.version}${control.arch === "" ? "" : ` for ${control.arch}`} (${format})`,
    ...rows.map(
      ([name, value]) => `  ${name.padEnd(labelWidth)}${value.replaceAll("\n", `\n${" ".repeat(labelWidth + 2)}`)}`,
    ),
    ...(withFiles ? described.entries.map((entry) => `  ${entryLine(entry)}`) : []),
  ]
    .map(printable)
    .join("\n");
}

const labelWidth = 18;

type Row = readonly [name: string, value: string];

function controlRows({ control }: PackageDescription): Row[] {
  return [
    ["description", control.description],
    ["url", control.url],
    ["license", control.license],
    ["origin", control.origin],
    ["maintainer", control.maintainer],
    ["commit", control.commit],
    ["built", timeText(control.buildTime)],
    ["depends", listText(control.depends)],
    ["provides", listText(control.provides)],
    ["provider priority", countText(control.providerPriority)],
    ["install if", listText(control.installIf)],
    ["replaces", listText(control.replaces)],
    ["replaces priority", countText(control.replacesPriority)],
    ["recommends", listText(control.recommends ?? [])],
    ["layer", countText(control.layer ?? 0)],
    ["tags", listText(control.tags ?? [])],
    ["triggers", listText(control.triggers)],
  ];
}

function contentRows(described: PackageDescription): Row[] {
  const { control, scripts, signatures, identity, entries, sizeBytes, dataSizeBytes, unpackedSizeBytes } = described;
  const data = dataSizeBytes === undefined ? "" : `, data section ${bytesText(dataSizeBytes)}`;
  return [
    ["scripts", [...scripts].map(([name, body]) => scriptText(name, body)).join("\n")],
    ["size", `file ${bytesText(sizeBytes)}${data}, unpacked ${bytesText(unpackedSizeBytes)}`],
    ["installed size", bytesText(control.installedSizeBytes)],
    ["entries", String(entries.length)],
    ["identity", identity],
    ["datahash", control.dataHash],
    ["signatures", signatures.map(signatureText).join("\n") || "none"],
  ];
}

/** One item a line where they are many; a few stand beside each other. */
function listText(items: readonly string[]): string {
  return items.join(items.join(" ").length > 90 ? "\n" : " ");
}

function countText(count: number): string {
  return count === 0 ? "" : String(count);
}

/** The largest time that a date can be made of is 8.64e12 seconds. */
function timeText(seconds: number): string {
  if (seconds === 0) return "";
  return seconds > 8.64e12 ? String(seconds) : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** Units of 1,024 with one digit, and the exact count behind them. */
function bytesText(count: number): string {
  const steps = count < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(count) / 10));
  if (steps === 0) return `${String(count)} B`;
  return `${(count / 1024 ** steps).toFixed(1)} ${["", "KiB", "MiB", "GiB", "TiB"][steps] ?? ""} (${String(count)})`;
}

function scriptText(name: string, body: Uint8Array): string {
  return `${name}, ${bytesText(body.byteLength)}, ${interpreterOf(body) || "no interpreter"}`;
}

/** What `#!` in the first line names; "" without one. */
export function interpreterOf(script: Uint8Array): string {
  return /^#![ \t]*([^\n\r]*)/.exec(Buffer.from(script.subarray(0, 256)).toString("latin1"))?.[1]?.trim() ?? "";
}

function signatureText({ algorithm, keyName, keyId }: PackageDescription["signatures"][number]): string {
  return `${algorithm || "unknown algorithm"} by ${keyName ?? `the key with id ${keyId ?? ""}`}`;
}

const typeLetters = {
  file: "-",
  hardlink: "-",
  symlink: "l",
  directory: "d",
  character: "c",
  block: "b",
  fifo: "p",
} as const;

type Entry = PackageDescription["entries"][number];

/** Type and mode as `ls` writes them, owner, size, hash, path and link. */
function entryLine(entry: Entry): string {
  const { type, mode, uid, gid, uname, gname, sizeBytes, device, sha1, sha256, path, linkPath } = entry;
  const owner = `${uname || String(uid)}:${gname || String(gid)}`;
  const size = device === undefined ? String(sizeBytes) : `${String(device.major)},${String(device.minor)}`;
  const hash = sha256 || sha1 || "-";
  const link = type === "symlink" ? ` -> ${linkPath}` : type === "hardlink" ? ` = ${linkPath}` : "";
  return `${typeLetters[type]}${modeText(mode)} ${owner.padEnd(9)} ${size.padStart(9)} ${hash.slice(0, 16).padEnd(16)} ${path}${link}`;
}

/** `rwsr-xr-t`: set-user-id, set-group-id and sticky stand in the place of the three x. */
function modeText(mode: number): string {
  const special = [mode & 0o4000 ? "s" : "", mode & 0o2000 ? "s" : "", mode & 0o1000 ? "t" : ""];
  return special
    .map((letter, index) => {
      const bits = (mode >> (6 - 3 * index)) & 7;
      const execute = letter === "" ? (bits & 1 ? "x" : "-") : bits & 1 ? letter : letter.toUpperCase();
      return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${execute}`;
    })
    .join("");
}

/** {@link printable} for what must stay one line: a line break in a name or a value would show as another fact. */
export function printableLine(text: string): string {
  return printable(text).replaceAll("\n", "\\u{a}");
}

/** A package must not drive the terminal of whoever looks at it. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) =>
    character === "\n" ? "\n" : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
