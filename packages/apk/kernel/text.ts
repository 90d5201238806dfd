/** The texts of all indexes, one behind the other. Places in it are counted from its beginning; every line ends with a line break. */
let text: usize = 0;

export const newline: u8 = 0x0a;
export const space: u8 = 0x20;

/** What a load of sixteen bytes may read behind the last line. */
const slackBytes = 16;

/** Makes room for a text; returns its address. */
export function openText(bytes: i32): usize {
  text = heap.alloc(bytes + slackBytes);
  return text;
}

export function addressOf(at: i32): usize {
  return text + at;
}

export function byteAt(at: i32): u8 {
  return load<u8>(text + at);
}

/** Where the line break of the line is in which `at` stands. */
export function lineEnd(at: i32): i32 {
  let from = at;
  let found = breaksAt(from);
  while (found == 0) found = breaksAt((from += 16));
  return from + ctz(found);
}

/** Which of the sixteen bytes at a place are line breaks: a bit for each. */
function breaksAt(at: i32): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(text + at), i8x16.splat(newline)));
}
