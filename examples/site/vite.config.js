import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

/** Puts a snippet that the build of the pictures made where the page says `<!-- partials/NAME.html -->`. */
const partials = {
  name: "partials",
  transformIndexHtml: {
    order: "pre",
    handler: (html) =>
      html.replace(/<!-- (partials\/[\w/-]+\.html) -->/g, (_, path) => readFileSync(path, "utf8")),
  },
};

export default defineConfig({ plugins: [partials] });
