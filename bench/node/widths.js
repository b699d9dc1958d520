// The peer of bench/encoding.py: each picture to files of several widths, as WebP and AVIF, so many pictures at a time.
//
//     node widths.js '{"pictures": [...], "folder": "...", "widths": [...], "at_once": 2, ...}'
//
// As fast as sharp can: a picture is decoded once, and each width resized once for both formats.

import { basename, extname, join } from "node:path";
import sharp from "sharp";

const { pictures, folder, widths, webp, avif, at_once, threads } = JSON.parse(process.argv[2]);
sharp.concurrency(threads);

async function one(picture) {
  const whole = await pixels(sharp(picture));
  const name = basename(picture, extname(picture));
  for (const width of widths) {
    const small = await pixels(whole().resize(width));
    await small().webp(webp).toFile(join(folder, `${name}-${width}.webp`));
    await small().avif(avif).toFile(join(folder, `${name}-${width}.avif`));
  }
}

async function pixels(pipeline) {
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
  return () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
}

const waiting = pictures.values();
await Promise.all(
  Array.from({ length: at_once }, async () => {
    for (const picture of waiting) {
      await one(picture);
    }
  }),
);
