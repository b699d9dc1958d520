import type { AssetId } from "./assets";

export interface Seed {
  /** Of its picture: an id that no spec declares does not compile. */
  readonly picture: AssetId;
  readonly name: string;
  readonly sow: string;
  readonly price: string;
}

export const seeds: readonly Seed[] = [
  { picture: "seed/beet", name: "Beetroot ‘Night Ring’", sow: "April to July", price: "2.40" },
  { picture: "seed/tomato", name: "Tomato ‘Slow Sunday’", sow: "indoors from March", price: "3.20" },
  { picture: "seed/bean", name: "Runner bean ‘Magpie’", sow: "May and June", price: "2.80" },
  { picture: "seed/squash", name: "Squash ‘Harbour’", sow: "indoors from April", price: "3.60" },
];
