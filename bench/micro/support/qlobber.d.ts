/** The part of qlobber that the benchmarks use; the package brings no types. */
declare module "qlobber" {
  export class Qlobber<T> {
    constructor(options: { separator: string; wildcard_one: string; wildcard_some: string });
    add(filter: string, value: T): this;
    remove(filter: string, value: T): this;
    match(topic: string): T[];
  }
}
