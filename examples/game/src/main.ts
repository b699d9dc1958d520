import Phaser from "phaser";
import { Meadow } from "./meadow";
import { Title } from "./title";

new Phaser.Game({
  parent: "game",
  width: 640,
  height: 360,
  backgroundColor: "#24382b",
  scale: { mode: Phaser.Scale.FIT, autoCenter: Phaser.Scale.CENTER_BOTH },
  audio: { noAudio: true },
  physics: { default: "arcade" },
  banner: false,
  disableContextMenu: true,
  scene: [Title, Meadow],
});
