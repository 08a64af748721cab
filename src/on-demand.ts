/**
 * Something that the first who needs it has made, of code that is loaded for it. All later ones
 * share it; a failure is not kept.
 */
export class OnDemand<T extends object> {
  readonly #make: () => Promise<T>;
  #making: Promise<T> | undefined;
  #made: T | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** It, once it is there. */
  get made(): T | undefined {
    return this.#made;
  }

  async get(): Promise<T> {
    try {
      return (this.#made ??= await (this.#making ??= this.#make()));
    } catch (error) {
      this.#making = undefined;
      throw error;
    }
  }
}
