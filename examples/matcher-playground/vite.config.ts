import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // it may be served from any folder
  build: { outDir: "../../dist/playground", emptyOutDir: true },
  preview: { host: "127.0.0.1" },
});
