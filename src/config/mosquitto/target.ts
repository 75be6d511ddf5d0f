import type { Origin } from "../source/origin.ts";
import type { Problem } from "../source/problem.ts";
import { emptyMap, fromData, type Path, type Written, type WrittenMap, write, writtenAt } from "../source/written.ts";
import type { Directive } from "./read.ts";

/** The configuration that comes of a mosquitto.conf, and what there is to say of it. */
export class Target {
  readonly root: WrittenMap;
  /** Of what has no counterpart, or is not quite the same. */
  readonly warnings: Problem[] = [];
  /** Of what makes that the file cannot be used. */
  readonly problems: Problem[] = [];
  /** Of what is left out although more is allowed without it. */
  readonly refusals: Problem[] = [];

  /** For every listener over TCP. */
  noDelay: { readonly value: boolean; readonly origin: Origin } | undefined;

  constructor(origin: Origin) {
    this.root = emptyMap(origin);
  }

  set(path: Path, data: unknown, origin: Origin): void {
    this.write(path, fromData(data, origin));
  }

  write(path: Path, written: Written): void {
    write(this.root, path, written);
  }

  /** Sets a number, where there is none that is larger; says so where there is another. */
  largest(path: Path, number: number, directive: Directive): void {
    const before = writtenAt(this.root, path);
    const largest = Math.max(number, before?.kind === "scalar" ? Number(before.value) : number);
    this.set(path, largest, directive.origin);
    if (before !== undefined) this.warn(directive, `ternmq has this for all listeners: ${largest} is the largest`);
  }

  /** Of several levels the most verbose counts. */
  logLevel(level: string, verboseFirst: readonly string[], origin: Origin): void {
    const before = writtenAt(this.root, ["log", "level"]);
    const rank = before?.kind === "scalar" ? verboseFirst.indexOf(String(before.value)) : verboseFirst.length;
    if (verboseFirst.indexOf(level) < rank) this.set(["log", "level"], level, origin);
  }

  has(path: Path): boolean {
    return writtenAt(this.root, path) !== undefined;
  }

  warn({ name, origin }: Directive, message: string): void {
    this.warnings.push({ origin, message: `${name}: ${message}` });
  }

  refuse({ name, origin }: Directive, message: string): void {
    this.refusals.push({ origin, message: `${name}: ${message}` });
  }

  wrong({ name, origin }: Directive, message: string): void {
    this.problems.push({ origin, message: `${name}: ${message}` });
  }
}
