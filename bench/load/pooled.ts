/** Performs `action` for 0 to `count` - 1, at most `atATime` at once; rejects with the first that does. */
export async function pooled(count: number, atATime: number, action: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await action(next++);
  };
  await Promise.all(Array.from({ length: Math.min(count, atATime) }, one));
}

export function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
