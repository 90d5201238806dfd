/** `scheme://[user@]host.domain[:port][/…]`: what SPDX takes for a place on the net (SPDX 2.3 §7.7). */
const place =
  /^(?:(?:git|hg|svn|bzr)\+)?(?:https?|ssh|git|svn|sftp|ftp):\/\/(?:[\w.~%+-]+@)?[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,}(?::\d{1,5})?(?:\/|$)/;

/** An http address with nothing in it that an IRI may not have; undefined for any other text. */
export function webAddress(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  if (downloadLocation(text) === text) return text;
  const href = URL.parse(text)?.href;
  return href === undefined ? undefined : downloadLocation(href);
}

/** A download location as SPDX has it, `git+https://host/path@revision` among them; undefined for any other text. */
export function downloadLocation(text: string): string | undefined {
  const encoded = encodeIri(text);
  return encoded.length <= 2000 && place.test(encoded) ? encoded : undefined;
}

/** Percent-encodes what RFC 3987 does not allow where it stands. */
function encodeIri(text: string): string {
  const [head = "", ...rest] = text.trim().toWellFormed().split("#");
  const whole = rest.length === 0 ? head : `${head}#${rest.join("%23")}`;
  return whole.replace(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]/gu, encodeURIComponent);
}
