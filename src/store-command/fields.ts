/** Reads the fields of one object of a line, each once, and says what is wrong with them, and what is allowed. All methods throw RangeError. */
export class Fields {
  readonly #values: Map<string, unknown>;
  readonly #what: string;

  /** @param what it is of, as in `the message`; empty: of the line itself */
  constructor(value: unknown, what = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new RangeError(`${what || "the line"} is no JSON object`);
    }
    this.#values = new Map(Object.entries(value));
    this.#what = what === "" ? "" : ` of ${what}`;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** As it stands there; undefined: it does not. */
  take(name: string): unknown {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  whole(name: string, least: number, most: number): number {
    const value = this.take(name);
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw this.wrong(name, value, `a whole number from ${least} to ${most}`);
  }

  optionalWhole(name: string, least: number, most: number): number | undefined {
    return this.has(name) ? this.whole(name, least, most) : undefined;
  }

  flag(name: string): boolean {
    const value = this.take(name);
    if (typeof value === "boolean") return value;
    throw this.wrong(name, value, "true or false");
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.take(name);
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    throw this.wrong(name, value, choices.map((each) => JSON.stringify(each)).join(", "));
  }

  /** A string as MQTT has it: up to 65,535 bytes of UTF-8, without U+0000. */
  text(name: string, isAllowed: (text: string) => boolean = () => true, allowed = TEXT): string {
    const value = this.take(name);
    if (typeof value === "string" && isText(value) && isAllowed(value)) return value;
    throw this.wrong(name, value, allowed);
  }

  binary(name: string, most: number): Buffer {
    const value = this.take(name);
    const bytes = typeof value === "string" ? fromBase64(value) : undefined;
    if (bytes !== undefined && bytes.length <= most) return bytes;
    throw this.wrong(name, value, `base64 of up to ${most} bytes`);
  }

  list(name: string): unknown[] {
    const value = this.take(name);
    if (Array.isArray(value)) return value;
    throw this.wrong(name, value, "a list");
  }

  /** Nothing may be left that was not asked for. */
  end(): void {
    const [name] = this.#values.keys();
    if (name !== undefined) throw new RangeError(`${JSON.stringify(name)}${this.#what} is no field that there is`);
  }

  wrong(name: string, value: unknown, allowed: string): RangeError {
    const found = value === undefined ? "is missing" : `is ${shown(value)}`;
    return new RangeError(`${JSON.stringify(name)}${this.#what} ${found}; allowed: ${allowed}`);
  }
}

const TEXT = "a string of up to 65535 bytes in UTF-8, without U+0000";
const LONGEST_TEXT = 65_535;
const SHOWN = 60;

/** As JSON, cut off where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

/** A lone surrogate has no UTF-8. */
export function isText(text: string): boolean {
  const bytes = Buffer.from(text);
  return bytes.length <= LONGEST_TEXT && !text.includes("\0") && bytes.toString() === text;
}

/** Undefined for what is no base64 as it is written here. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}
