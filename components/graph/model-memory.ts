/**
 * What was made of a node or line of the graph, as long as it is the same object and looked at in the same way: of a thousand, an update changes a handful,
 * and every later stage sees by the object alone that nothing happened to the others.
 */
export interface ModelMemory {
  /** @param way all that the result depends on besides the object, as one text */
  recall<Made extends object>(from: object, way: string, make: () => Made): Made;
}

export function createModelMemory(): ModelMemory {
  const made = new WeakMap<object, { way: string; result: object }>();
  return {
    recall<Made extends object>(from: object, way: string, make: () => Made): Made {
      const known = made.get(from);
      if (known?.way === way) return known.result as Made;
      const result = make();
      made.set(from, { way, result });
      return result;
    },
  };
}
