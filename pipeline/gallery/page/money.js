// What spends: each says its price on the button, and is refused where it would be dearer by now.
"use strict";

const Money = (() => {
  /**
   * Build these assets, or all. Nothing is begun if it would cost more than the button said.
   * @param {string[]|null} ids
   * @param {number} price
   */
  async function build(ids, price) {
    const answer = await Wire.post("api/build", { ids, price_micro_usd: price });
    if (answer.status < 300 && answer.status)
      return Notices.quietly(ids && ids.length === 1 ? `Building ${ids[0]}` : "Building");
    if (answer.body.plan) {
      State.change({ revision: State.revision, plan: answer.body.plan });
      return Notices.error(
        "It would cost more now than the button said, so nothing was begun",
        `now: ${Words.range(answer.body.plan.price)}`,
      );
    }
    refuse(answer);
  }

  /** @param {Waiting} waiting */
  async function allow(waiting) {
    const answer = await Wire.post("api/allow", { question: waiting.question });
    if (answer.status < 300 && answer.status) Notices.done(`Allowed ${Words.usd(waiting.table_micro_usd)}`);
    else refuse(answer);
  }

  async function stop() {
    const answer = await Wire.post("api/stop", {});
    if (answer.status < 300 && answer.status)
      Notices.done("Stopping: what is in flight arrives, nothing more is begun");
    else refuse(answer);
  }

  /** Tell why something was not done. @param {Answer} answer */
  function refuse(answer) {
    const error = answer.body.error || {};
    Notices.error(Words.sentence(error.message || `the server answered ${answer.status}`), error.hint || "");
  }

  return { build, allow, stop, refuse };
})();
