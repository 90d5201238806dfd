/**
 * True for a file name that a shared library or a dynamic loader may have: `libNAME.so…`, `ld-NAME.so…`, `ld.so.N`. Source:
 * glibc, what ldconfig opens at all. Names outside of ASCII are left out: loaders order them differently on each machine.
 */
export function isLibraryName(name: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(name) || /\.#prelink#(\..{6})?$/.test(name)) return false;
  return /^(lib|ld-|ld\.so\.|ld64\.so\.)/.test(name) && name.includes(".so");
}

/**
 * Orders the names of libraries as the loader does when it searches its cache by halves: numbers inside a name count as
 * numbers, and a digit comes after everything else. Negative, 0 or positive. A cache in any other order loses libraries.
 */
export function compareLibraryNames(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length) {
    const [here, there] = [codeAt(a, i), codeAt(b, j)];
    if (isDigit(here) && isDigit(there)) {
      const [first, second] = [numberAt(a, i), numberAt(b, j)];
      if (first.value !== second.value) return first.value - second.value;
      [i, j] = [first.end, second.end];
    } else if (isDigit(here)) return 1;
    else if (isDigit(there)) return -1;
    else if (here !== there) return here - there;
    else [i, j] = [i + 1, j + 1];
  }
  return 0 - codeAt(b, j);
}

/** Behind the end stands C's zero. */
function codeAt(name: string, at: number): number {
  return at < name.length ? name.charCodeAt(at) : 0;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The loader's numbers are C's `int`: what is too long for one goes round, and here as well. */
function numberAt(name: string, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let end = start;
  for (; isDigit(codeAt(name, end)); end += 1) value = (Math.imul(value, 10) + codeAt(name, end) - 0x30) | 0;
  return { value, end };
}
