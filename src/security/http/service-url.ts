const LOCAL_NAMES = new Set(["localhost", "[::1]", "::1"]);

/** Whether a host of an address is this machine. */
export function isLocalAddress(hostname: string): boolean {
  return LOCAL_NAMES.has(hostname) || /^127(\.\d{1,3}){3}$/.test(hostname);
}
