import "./assets.css";
import "./style.css";
import { picture } from "./picture";
import { seeds } from "./seeds";

const list = document.querySelector("#seeds");
for (const seed of seeds) {
  const item = document.createElement("li");
  const name = document.createElement("h3");
  name.textContent = seed.name;
  const facts = document.createElement("p");
  facts.textContent = `Sow ${seed.sow} · €\u00a0${seed.price}`;
  item.append(picture(seed.picture, "(min-width: 60rem) 15rem, 45vw"), name, facts);
  list?.append(item);
}
