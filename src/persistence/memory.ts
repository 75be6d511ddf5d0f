import type { Store } from "./store.ts";

/** The level `memory`: what the broker holds in its own structures is all there is, so nothing has to be written. */
export class MemoryStore implements Store {
  putSession(): void {}
  deleteSession(): void {}
  putSubscription(): void {}
  deleteSubscription(): void {}
  putRetained(): void {}
  deleteRetained(): void {}
  putQueued(): void {}
  deleteQueued(): void {}
  putInflight(): void {}
  putReleased(): void {}
  deleteInflight(): void {}
  putReceived(): void {}
  deleteReceived(): void {}
}
