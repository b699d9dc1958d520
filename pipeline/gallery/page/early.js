// The wall is asked for before the rest of the page has been read. Files that are opened from a disk have it beside them.
"use strict";

/** The answer to the first question, for wire.js. @type {Promise<Response>|null} */
let askedEarly = null;
if (!document.querySelector('script[src="data.js"]')) {
  askedEarly = fetch("api/wall");
  askedEarly.catch(() => {});
}
