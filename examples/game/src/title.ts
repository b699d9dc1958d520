import Phaser from "phaser";
import { say, sprite } from "./sprites";

/** Loads everything, and waits until somebody wants to play. */
export class Title extends Phaser.Scene {
  constructor() {
    super("title");
  }

  preload(): void {
    if (!this.textures.exists("sprites")) this.load.pack("pack", "pack.json");
  }

  /** `before` is what the player has done, if this is not the first round. */
  create({ before = "" }: { before?: string }): void {
    const { width, height } = this.scale;
    this.add.sprite(width / 2, height / 2 + 72, ...sprite("hedgehog/walk-1")).play("walk");
    this.add
      .text(width / 2, height / 2 + 110, "Hedgehog Post", { fontFamily: "Georgia, serif", fontSize: "32px" })
      .setOrigin(0.5);
    say(`${before} Space, or a touch, begins the round.`.trim());
    const begin = (): void => {
      this.scene.start("meadow");
    };
    this.input.keyboard?.once("keydown-SPACE", begin);
    this.input.once("pointerdown", begin);
  }
}
