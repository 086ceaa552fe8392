/** Who asks a person whether the cluster on screen may be changed: the page registers itself, and every command goes past it. */
export interface Confirmer {
  /**
   * Asks at the first command of a page, and not again for the same cluster.
   * @param act what will be done, as a sentence without its end
   * @returns the key of the cluster the command is meant for; null = the person does not want it
   */
  ask(act: string): Promise<string | null>;
  /** The server talks to another cluster than the page was told. */
  forget(): void;
}

let present: Confirmer | null = null;

/** @returns takes it away again */
export function setConfirmer(confirmer: Confirmer): () => void {
  present = confirmer;
  return () => {
    if (present === confirmer) present = null;
  };
}

export const getConfirmer = (): Confirmer | null => present;
