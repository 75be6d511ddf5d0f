import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { TernmqError } from "../../errors.ts";

/** That a store can be in the directory, or the directory can be made. @throws {TernmqError} */
export function checkStoreDirectory(directory: string): void {
  checkDirectory(nearestTo(directory));
}

/** That the process can leave its number there. @throws {TernmqError} */
export function checkPidFile(file: string): void {
  if (!existsSync(file)) checkDirectory(dirname(file));
  else if (statSync(file).isDirectory()) throw wrong(`${file} is a directory: give a file`);
  else checkWritable(file);
}

/** What there is of a path. */
function nearestTo(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestTo(dirname(path));
}

function checkDirectory(path: string): void {
  if (!existsSync(path)) throw wrong(`there is no directory ${path}: make it, or choose another one`);
  if (!statSync(path).isDirectory()) throw wrong(`${path} is no directory: choose another place`);
  checkWritable(path);
}

function checkWritable(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch {
    throw wrong(`this user may not write to ${path}: give it the right to, or choose another place`);
  }
}

function wrong(message: string): TernmqError {
  return new TernmqError("ERR_CONFIG", message);
}
