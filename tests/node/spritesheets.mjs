// What the loader of PixiJS makes of the spritesheet whose path is given, and of those that it names: as JSON.
import { readFileSync } from "node:fs";

globalThis.navigator ??= { userAgent: "node" };
const { spritesheetAsset, Texture, TextureSource } = await import("pixi.js");

const loader = {
  async load(asked) {
    if (!Array.isArray(asked)) return spritesheetAsset.loader.parse(read(asked.src), asked, loader);
    const texture = () => new Texture({ source: new TextureSource({ width: 4096, height: 4096 }) });
    return Object.fromEntries(asked.map(({ src }) => [src, texture()]));
  },
};

function read(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function told(texture) {
  const { frame, orig, trim, defaultAnchor } = texture;
  return {
    frame: [frame.x, frame.y, frame.width, frame.height],
    canvas: [orig.width, orig.height],
    at: trim ? [trim.x, trim.y] : [0, 0],
    anchor: [defaultAnchor.x, defaultAnchor.y],
  };
}

const first = await loader.load({ src: process.argv[2] });
const found = [first, ...first.linkedSheets].map((sheet) => ({
  image: sheet.data.meta.image,
  frames: Object.fromEntries(Object.entries(sheet.textures).map(([name, texture]) => [name, told(texture)])),
  animations: Object.fromEntries(
    Object.entries(sheet.animations).map(([name, textures]) => [name, textures.map((texture) => texture.label)]),
  ),
}));
console.log(JSON.stringify(found));
