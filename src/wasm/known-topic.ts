/** A topic name that is matched again and again, and where the core found its routes the last time: see `Core.matchKnown`. */
export class KnownTopic {
  readonly name: Buffer;
  /** Of the core; 0: its routes are nowhere. */
  place = 0;
  position = 0;

  constructor(name: Buffer) {
    this.name = name;
  }
}
