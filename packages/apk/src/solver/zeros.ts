/**
 * Zeros that were written, for who reads before writing: a page of memory that is read first is handed out twice, the second time with a
 * message to every processor, which takes longer than all that a search reads of it.
 */
export function zeros(length: number): Int32Array {
  return new Int32Array(length).fill(0);
}
