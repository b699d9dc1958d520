import type { AssetId, SheetId } from "./assets";

/** Texture and frame of a sprite, to be spread into what Phaser wants: an id that no spec declares does not compile. */
export function sprite(id: AssetId): [texture: SheetId, frame: AssetId] {
  return ["sprites", id];
}

/** Tells the player something below the game, where it can be read aloud too. */
export function say(text: string): void {
  const line = document.querySelector("#said");
  if (line) line.textContent = text;
}
