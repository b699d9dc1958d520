import { thumbHashToDataURL } from "thumbhash";
import { assets, type Asset, type AssetId } from "./assets";

/** A picture of the build, in the widths and formats that there are; blurred until it has come. */
export function picture(id: AssetId, sizes: string): HTMLPictureElement {
  const asset: Asset = assets[id];
  const whole = document.createElement("picture");
  for (const { type, srcset } of asset.sources) {
    whole.append(Object.assign(document.createElement("source"), { type, srcset, sizes }));
  }
  const image = Object.assign(document.createElement("img"), {
    width: asset.width,
    height: asset.height,
    alt: asset.alt,
    loading: "lazy",
    decoding: "async",
  });
  image.style.background = `${asset.color} url(${blurred(asset)}) center / cover`;
  whole.append(image);
  image.src = asset.src; // last, as a browser fetches what it is told at once
  return whole;
}

function blurred(asset: Asset): string {
  return thumbHashToDataURL(Uint8Array.from(atob(asset.thumbhash), (letter) => letter.charCodeAt(0)));
}
