/** What can be wrong with an index. The engine says it in words, and knows these numbers. */
export enum Problem {
  none = 0,
  malformedLine = 1,
  noName = 2,
  noVersion = 3,
  tooManyRecords = 4,
  tooManyItems = 5,
  tooManyLinks = 6,
}
