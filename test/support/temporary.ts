import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory that is gone when the test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "ternmq-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A file that is gone when the test ends. */
export function temporaryFile(text: string | Uint8Array, name = "file"): string {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
