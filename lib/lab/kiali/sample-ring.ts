/** The last `capacity` numbers of a sequence, addressed by their place in the whole sequence. */
export interface SampleRing {
  readonly capacity: number;
  /** Place of the oldest number that is still held. */
  readonly begin: number;
  /** Place after the newest. */
  readonly end: number;
  push(value: number): void;
  at(place: number): number | undefined;
  /** The numbers at places [from, to), those that are still held. */
  slice(from: number, to: number): number[];
}

/**
 * Memory grows with use up to `capacity` × 8 bytes, then stays: most series of a short lesson never need it all.
 * @param firstPlace place of the first number to be pushed; series born later share the numbering of the scrapes this way
 */
export function createSampleRing(capacity: number, firstPlace = 0): SampleRing {
  let values = new Float64Array(Math.min(capacity, 64));
  let end = firstPlace;
  const begin = () => Math.max(firstPlace, end - capacity);
  // Slots are counted from firstPlace, so growing never moves what is already written.
  const slot = (place: number) => (place - firstPlace) % capacity;

  return {
    capacity,
    get begin() {
      return begin();
    },
    get end() {
      return end;
    },
    push(value) {
      const index = slot(end);
      if (index >= values.length) {
        const larger = new Float64Array(Math.min(capacity, values.length * 2));
        larger.set(values);
        values = larger;
      }
      values[index] = value;
      end++;
    },
    at(place) {
      return place >= begin() && place < end ? values[slot(place)] : undefined;
    },
    slice(from, to) {
      const result: number[] = [];
      for (let place = Math.max(from, begin()); place < Math.min(to, end); place++) result.push(values[slot(place)] ?? 0);
      return result;
    },
  };
}
