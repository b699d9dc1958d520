// How a decision of a review is taken back: by picking what was picked before. An approval itself has no other way back.
"use strict";

const Undoing = (() => {
  /**
   * What takes a decision back; null where nothing does.
   * @param {AssetDocument} seen  what the decision was about
   * @param {Deed} deed
   * @param {Take|null} take
   * @param {() => void} taken  called once it has been taken back
   * @returns {(() => Promise<boolean>)|null}  tells whether it was
   */
  function of(seen, deed, take, taken) {
    const before = seen.takes.find((one) => one.picked)?.take;
    if (!take || (deed !== "reject" && (take.take === before || !before))) return null;
    if (deed !== "reject" && deed !== "pick" && deed !== "approve") return null;
    return async () => {
      // A pick lifts a rejection. It is about what was seen then: another person's decision since is told, not undone.
      if (deed === "reject" && !(await pick(seen, take.take))) return false;
      if (before && before !== take.take && !(await pick(seen, before))) return false;
      taken();
      return true;
    };
  }

  /**
   * @param {AssetDocument} seen
   * @param {string} take
   */
  const pick = (seen, take) => Deciding.decide(seen, { id: seen.row.id, do: "pick", take }, { quiet: true });

  return { of };
})();
