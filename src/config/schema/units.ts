export type TimeUnit = "ms" | "s";

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

function times(written: string, units: Readonly<Record<string, number>>): number {
  const digits = Number.parseInt(written, 10);
  return digits * (units[written.replace(/^\d+/, "")] ?? Number.NaN);
}

/** @param written digits and `ms`, `s`, `m`, `h`, `d` or `w`. NaN for anything else; not whole where the unit is too large for it. */
export function readDuration(written: string, unit: TimeUnit): number {
  return times(written, MILLISECONDS) / (MILLISECONDS[unit] ?? Number.NaN);
}

/** In bytes. @param written digits and `B`, `kB`, `MB`, `GB`, `KiB`, `MiB` or `GiB`. NaN for anything else */
export function readSize(written: string): number {
  return times(written, BYTES);
}
