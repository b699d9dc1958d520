import Phaser from "phaser";
import type { AssetId } from "./assets";
import { say, sprite } from "./sprites";

type Place = readonly [x: number, y: number];

const LETTERS: readonly Place[] = [[170, 190], [300, 90], [90, 320], [420, 180], [540, 120], [350, 330], [580, 260]];
const ACORNS: readonly Place[] = [[240, 300], [480, 70]];
const MUSHROOMS: readonly Place[] = [[150, 110], [450, 290], [610, 180]];
const OAKS: readonly Place[] = [[250, 220], [500, 230]];
const MAILBOX: Place = [590, 340];

const PACE = 110; // pixels a second
const HURRY_MS = 4000;

/** Collect the letters of the round, and bring them to the mailbox. */
export class Meadow extends Phaser.Scene {
  private hedgehog!: Phaser.Types.Physics.Arcade.SpriteWithDynamicBody;
  private keys!: Phaser.Types.Input.Keyboard.CursorKeys;
  private found = 0;
  private hurriesUntil = 0;

  constructor() {
    super("meadow");
  }

  create(): void {
    const { width, height } = this.scale;
    this.found = 0;
    this.hurriesUntil = 0;
    this.add.tileSprite(0, 0, width, height, "ground/grass").setOrigin(0).setTileScale(0.5).setDepth(-1);
    this.hedgehog = this.physics.add.sprite(110, 190, ...sprite("hedgehog/walk-1")).setScale(0.5);
    this.hedgehog.setCollideWorldBounds(true).setDepth(190);
    feet(this.hedgehog, 60, 24);
    this.keys = this.input.keyboard!.createCursorKeys();

    for (const place of OAKS) this.stands("oak", place, 0.6, 40, 20);
    for (const place of MUSHROOMS) this.stands("thing/mushroom", place, 0.4, 40, 20);
    for (const place of LETTERS) this.lies("thing/letter", place, () => this.tell(++this.found));
    for (const place of ACORNS) this.lies("thing/acorn", place, () => (this.hurriesUntil = this.time.now + HURRY_MS));
    this.stands("thing/mailbox", MAILBOX, 0.6, 60, 40, () => this.deliver());
    this.tell(0);
  }

  override update(): void {
    const wanted = this.wanted().scale(this.time.now < this.hurriesUntil ? 2 * PACE : PACE);
    this.hedgehog.setVelocity(wanted.x, wanted.y).setDepth(this.hedgehog.y);
    if (wanted.x !== 0) this.hedgehog.setFlipX(wanted.x < 0);
    if (wanted.length() > 0) this.hedgehog.play("walk", true);
    else this.hedgehog.stop();
  }

  /** Where the player wants to go: by the arrow keys, or towards a finger or the pressed mouse. */
  private wanted(): Phaser.Math.Vector2 {
    const { left, right, up, down } = this.keys;
    const way = new Phaser.Math.Vector2(+right.isDown - +left.isDown, +down.isDown - +up.isDown);
    const pointer = this.input.activePointer;
    if (pointer.isDown) way.set(pointer.worldX - this.hedgehog.x, pointer.worldY - this.hedgehog.y);
    return way.length() < (pointer.isDown ? 8 : 1) ? way.reset() : way.normalize();
  }

  /** Puts something there that is in the way; `width` and `height` of its foot are pixels of its picture. */
  private stands(id: AssetId, [x, y]: Place, scale: number, width: number, height: number, bumped?: () => void): void {
    const thing = this.physics.add.staticSprite(x, y, ...sprite(id)).setScale(scale).setDepth(y);
    thing.body.setSize(width * scale, height * scale).position.set(x - (width * scale) / 2, y - height * scale);
    this.physics.add.collider(this.hedgehog, thing, bumped);
  }

  /** Puts something there that can be taken. */
  private lies(id: AssetId, [x, y]: Place, taken: () => void): void {
    const thing = this.physics.add.staticSprite(x, y, ...sprite(id)).setScale(0.3).setDepth(y).refreshBody();
    this.physics.add.overlap(this.hedgehog, thing, () => {
      thing.destroy();
      taken();
    });
  }

  private tell(found: number): void {
    const left = LETTERS.length - found;
    say(left > 0 ? `${found} of ${LETTERS.length} letters. Arrow keys or touch.` : "All letters: to the mailbox!");
  }

  private deliver(): void {
    if (this.found === LETTERS.length) this.scene.start("title", { before: "Delivered!" });
  }
}

/** The body of a sprite that stands at its lower middle: only what touches the ground bumps into things. */
function feet(of: Phaser.Types.Physics.Arcade.SpriteWithDynamicBody, width: number, height: number): void {
  of.body.setSize(width, height, false).setOffset((of.width - width) / 2, of.height - height);
}
