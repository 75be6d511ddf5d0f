/**
 * To be loaded before the program (`node --import`): ends the store's thread on SIGUSR2, as an error in it would.
 */
import { Worker } from "node:worker_threads";

const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (...values) {
  process.once("SIGUSR2", () => this.terminate());
  Worker.prototype.postMessage = postMessage;
  return postMessage.apply(this, values);
};
