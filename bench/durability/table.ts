export interface Column<T> {
  readonly title: string;
  readonly width: number;
  readonly text: (row: T) => string;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function millis(micros: number): string {
  return (micros / 1000).toFixed(2);
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** Titles over a line of dashes, then rows as they come: the first two columns to the left, figures to the right. */
export class Table<T> {
  readonly #columns: readonly Column<T>[];

  constructor(columns: readonly Column<T>[]) {
    this.#columns = columns;
  }

  head(): string {
    const titles = this.#line(this.#columns.map(({ title }) => title));
    return `${titles}\n${"-".repeat(titles.length)}\n`;
  }

  row(values: T): string {
    return `${this.#line(this.#columns.map(({ text }) => text(values)))}\n`;
  }

  #line(cells: readonly string[]): string {
    return this.#columns
      .map(({ width }, index) => (index < 2 ? cells[index]?.padEnd(width) : cells[index]?.padStart(width)))
      .join("");
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
