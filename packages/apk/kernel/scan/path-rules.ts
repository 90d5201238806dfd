export const slash: u8 = 0x2f;
const dot: u8 = 0x2e;

export function endsWithSlash(text: usize, length: i32): bool {
  return length > 0 && load<u8>(text + length - 1) == slash;
}

/** What abuild puts into packages that are otherwise empty, such as `.dummy`, is not; then it is an empty file, or not plain. */
export function isInstalled(path: usize): bool {
  return load<u8>(path) != dot;
}

/** Relative, and without empty, `.` or `..` components. */
export function isSafe(path: usize, length: i32): bool {
  if (length == 0) return false;
  let start = 0;
  for (let at = 0; at <= length; at += 1) {
    if (at < length && load<u8>(path + at) != slash) continue;
    const size = at - start;
    if (
      size == 0 ||
      (load<u8>(path + start) == dot && (size == 1 || (size == 2 && load<u8>(path + start + 1) == dot)))
    ) {
      return false;
    }
    start = at + 1;
  }
  return true;
}

/** The length of the directory that a path stands in; 0 at the top. */
export function parentLength(path: usize, length: i32): i32 {
  let parent = length - 1;
  while (parent > 0 && load<u8>(path + parent) != slash) parent -= 1;
  return parent;
}
