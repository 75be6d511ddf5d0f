import { TernmqError } from "../errors.ts";

/** @param where as the option is called in a configuration */
export function wrong(where: string, message: string): TernmqError {
  return new TernmqError("ERR_OPTION", `${where}: ${message}`);
}

/** For programs without types: a name that is misspelt would be left out. @throws {TernmqError} ERR_OPTION */
export function checkNames(options: object, names: readonly string[], where: string): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw wrong(where, `there is no "${unknown}": give ${names.join(", ")}`);
}
