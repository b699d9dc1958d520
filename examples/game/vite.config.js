import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // so that the game runs in any folder of a server
  build: { chunkSizeWarningLimit: 1500 }, // Phaser alone is more than a megabyte
});
