/** A list of 32-bit integers that grows; reading is as fast as from a typed array, which `done` gives back. */
export class IntList {
  #values: Int32Array;
  length = 0;

  constructor(capacity: number) {
    this.#values = new Int32Array(Math.max(16, Math.ceil(capacity)));
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow();
    this.#values[this.length] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  /** What was pushed. The list must not be used after this. */
  done(): Int32Array {
    return this.#values.subarray(0, this.length);
  }

  #grow(): void {
    const larger = new Int32Array(this.#values.length * 2);
    larger.set(this.#values);
    this.#values = larger;
  }
}
